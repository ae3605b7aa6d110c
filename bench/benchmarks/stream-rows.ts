import { type Comparison, judge } from "../benchmark.ts";
import type { Effort } from "../effort.ts";
import { compareMedians, describeSpread, formatNumber } from "../figures.ts";
import type { Row } from "../row.ts";
import { getMedian } from "../statistics.ts";
import type { MeasuredStream, StreamCase } from "./stream-run.ts";

const LIMIT_OVER_BASELINE_MIB = 64;
const LONG_TOLERANCE = 0.1;

/** What each case is called, and the least ratio to the baseline's speed. */
const SPEEDS: Record<string, { what: string; figure: number; limitsMemory: boolean }> = {
  upload: { what: "text body up, substituted", figure: 0.6, limitsMemory: true },
  download: { what: "text body down, scrubbed", figure: 0.6, limitsMemory: true },
  untouched: { what: "body up of a type that is never touched", figure: 0.95, limitsMemory: false },
};

/** The row of a stream's speed, and of its memory beside the baseline's where that is limited. */
export function describeSpeed(
  effort: Effort,
  { name }: StreamCase,
  comparison: Comparison<MeasuredStream>,
): Row {
  const known = SPEEDS[name];
  const speed = compareMedians(comparison, ({ mbPerSecond }) => mbPerSecond);
  const peak = compareMedians(comparison, ({ peakMib }) => peakMib);
  if (known === undefined || speed === null) throw new Error(`${name}: nothing was measured`);
  const { what, figure, limitsMemory } = known;
  const isLean = peak === null || peak.egress <= peak.baseline + LIMIT_OVER_BASELINE_MIB;
  const isReached = speed.ratio >= figure && (isLean || !limitsMemory);
  const memoryFigure = limitsMemory ? `; memory ≤ ${LIMIT_OVER_BASELINE_MIB} MiB over it` : "";
  const describe = (mbPerSecond: number, peakMib: number | undefined) =>
    `${formatNumber(mbPerSecond)} MB/s${peakMib === undefined ? "" : `, ${formatNumber(peakMib)} MiB`}`;
  return {
    name,
    what: `${effort.streamMib} MiB ${what}`,
    figure: `≥ ${figure.toFixed(2)} of the baseline${memoryFigure}`,
    measured: `${formatNumber(speed.ratio)} (${describe(speed.egress, peak?.egress)})`,
    baseline: describe(speed.baseline, peak?.baseline),
    isReached: judge(effort, isReached),
    note: `${describeSpread(speed)}${peak === null ? "; memory cannot be told here" : ""}`,
    numbers: {
      ratio: speed.ratio,
      mbPerSecond: speed.egress,
      baselineMbPerSecond: speed.baseline,
      peakMib: peak?.egress ?? null,
      baselinePeakMib: peak?.baseline ?? null,
    },
  };
}

/** The row of a longer stream's memory beside that of the shorter one. */
export function describeMemory(
  effort: Effort,
  name: string,
  { direction }: StreamCase,
  long: readonly MeasuredStream[],
  short: readonly MeasuredStream[],
): Row {
  const longPeak = getMedianPeak(long);
  const shortPeak = getMedianPeak(short);
  const isKnown = longPeak !== null && shortPeak !== null;
  const growth = isKnown ? longPeak / shortPeak - 1 : null;
  return {
    name,
    what: `${effort.longStreamMib} MiB text body ${direction}: memory of workerd`,
    figure: `that at ${effort.streamMib} MiB ±10 %`,
    measured: isKnown ? `${formatNumber(longPeak)} MiB` : "cannot be told here",
    baseline: isKnown ? `${formatNumber(shortPeak)} MiB at ${effort.streamMib} MiB` : null,
    isReached: growth === null ? null : judge(effort, Math.abs(growth) <= LONG_TOLERANCE),
    note: `${formatNumber(getMedian(long.map(({ mbPerSecond }) => mbPerSecond)))} MB/s`,
    numbers: { peakMib: longPeak, shortPeakMib: shortPeak, growth },
  };
}

function getMedianPeak(streams: readonly MeasuredStream[]): number | null {
  const peaks = streams.map(({ peakMib }) => peakMib).filter((peak) => peak !== null);
  return peaks.length === 0 ? null : getMedian(peaks);
}

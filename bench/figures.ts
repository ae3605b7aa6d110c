import type { Comparison } from "./benchmark.ts";
import { getMedian } from "./statistics.ts";

/** A quantity of which both were measured in the same rounds; null where this machine cannot tell. */
export type ComparedQuantity = {
  egress: number;
  baseline: number;
  /** The egress's median over the baseline's. */
  ratio: number;
  /** The least and the greatest ratio of one round: how far the machine can be trusted. */
  lowestRatio: number;
  highestRatio: number;
};

/** Gives the medians of one quantity of a comparison. */
export function compareMedians<T>(
  { egress, baseline }: Comparison<T>,
  read: (measured: T) => number | null,
): ComparedQuantity | null {
  const own = egress.map(read).filter((value) => value !== null);
  const others = baseline.map(read).filter((value) => value !== null);
  if (own.length === 0 || others.length !== own.length) return null;
  const ratios = own.map((value, round) => value / (others[round] ?? Number.NaN));
  return {
    egress: getMedian(own),
    baseline: getMedian(others),
    ratio: getMedian(own) / getMedian(others),
    lowestRatio: Math.min(...ratios),
    highestRatio: Math.max(...ratios),
  };
}

/** Writes a number for people: three digits or so, thousands apart. */
export function formatNumber(value: number | null): string {
  if (value === null || Number.isNaN(value)) return "?";
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Writes how much the rounds of a comparison differed. */
export function describeSpread({ lowestRatio, highestRatio }: ComparedQuantity): string {
  return `ratio ${formatNumber(lowestRatio)} to ${formatNumber(highestRatio)} in the rounds`;
}

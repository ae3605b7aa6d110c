import { type Benchmark, compareInRounds } from "../benchmark.ts";
import type { Ground } from "../ground/ground.ts";
import type { Row } from "../row.ts";
import { describeMemory, describeSpeed } from "./stream-rows.ts";
import { measureStream, type StreamCase, sendStream } from "./stream-run.ts";

const UPLOAD: StreamCase = {
  name: "upload",
  direction: "up",
  contentType: "text/plain; charset=utf-8",
};
const DOWNLOAD: StreamCase = { ...UPLOAD, name: "download", direction: "down" };
const UNTOUCHED: StreamCase = {
  name: "untouched",
  direction: "up",
  contentType: "application/octet-stream",
};
const LONG_NAMES: Record<string, string> = { upload: "long-upload", download: "long-download" };
const PROFILE_MIB = 1024;

/** Long bodies: how fast, and with how much memory. */
export const STREAMS: Benchmark = {
  rows: ["upload", "download", "long-upload", "long-download", "untouched"],

  async run(ground, wanted) {
    const rows: Row[] = [];
    for (const one of [UPLOAD, DOWNLOAD, UNTOUCHED]) {
      rows.push(...(await measureCase(ground, one, wanted)));
    }
    return rows;
  },

  profiled: {
    worker: "egress",
    async exercise(ground, runtime, row) {
      const one = [UPLOAD, DOWNLOAD, UNTOUCHED].find(({ name }) => row.endsWith(name)) ?? UPLOAD;
      await sendStream(ground, runtime, "egress", one, PROFILE_MIB);
    },
  },
};

async function measureCase(
  ground: Ground,
  one: StreamCase,
  wanted: ReadonlySet<string>,
): Promise<Row[]> {
  const { streamRounds, streamMib, longStreamMib } = ground.effort;
  const longName = LONG_NAMES[one.name];
  const isLongWanted = longName !== undefined && wanted.has(longName);
  if (!wanted.has(one.name) && !isLongWanted) return [];
  const comparison = await compareInRounds(streamRounds, (contender) =>
    measureStream(ground, contender, one, streamMib),
  );
  const rows = wanted.has(one.name) ? [describeSpeed(ground.effort, one, comparison)] : [];
  if (!isLongWanted) return rows;
  const long = [];
  for (let round = 0; round < streamRounds; round++) {
    long.push(await measureStream(ground, "egress", one, longStreamMib));
  }
  return [...rows, describeMemory(ground.effort, longName, one, long, comparison.egress)];
}

import { createRandom } from "./random.ts";
import type { DatabaseWeather } from "./simulated-database.ts";
import type { KvWeather } from "./simulated-kv.ts";
import type { Plan, Report } from "./simulation.ts";

const CHANGE_INTERVAL_MS = 7_000;
const MAX_CLOCK_ERROR_MS = 2_000;

/** KV as it is on most days, at its slowest to tell other locations. */
export const USUAL_KV: KvWeather = {
  latencyMs: [1, 50],
  failure: 0,
  hanging: 0,
  late: 0,
  lateMs: [0, 0],
  staleMs: 60_000,
  propagationMs: [0, 60_000],
  ownWriteUnseen: 0,
};

/** A database that is some milliseconds away. */
export const USUAL_DATABASE: DatabaseWeather = {
  latencyMs: [1, 60],
  failure: 0,
  late: 0,
  lateMs: [0, 0],
};

/** Requests to one sandbox that come evenly, to isolates by chance. */
export type SteadyLoad = {
  seconds: number;
  requestsPerSecond: number;
  locations: number;
  isolatesPerLocation: number;
  kv?: Partial<KvWeather>;
  database?: Partial<DatabaseWeather>;
};

/** Plans a steady load under which the sandbox's secret is rotated all the time. */
export function planSteadyLoad(load: SteadyLoad): Plan {
  const random = createRandom(1);
  const durationMs = load.seconds * 1_000;
  const isolates = Array.from(
    { length: load.locations * load.isolatesPerLocation },
    (_, index) => ({
      location: index % load.locations,
      aheadMs: random.pick([-MAX_CLOCK_ERROR_MS, MAX_CLOCK_ERROR_MS]),
    }),
  );
  const requests = Array.from({ length: load.seconds * load.requestsPerSecond }, (_, index) => ({
    at: Math.floor((index * 1_000) / load.requestsPerSecond),
    isolate: random.pick([0, isolates.length - 1]),
    sandbox: 0,
    fate: { lagMs: 0, end: "answer" as const },
  }));
  const changes = Array.from(
    { length: Math.floor(durationMs / CHANGE_INTERVAL_MS) },
    (_, index) => ({
      at: (index + 1) * CHANGE_INTERVAL_MS,
      change: { kind: "rotate" as const, secret: 0 },
    }),
  );
  return {
    seed: 1,
    secrets: 1,
    sandboxes: 1,
    isolates,
    changes,
    requests,
    evictions: [],
    clockSteps: [],
    kv: { ...USUAL_KV, ...load.kv },
    database: { ...USUAL_DATABASE, ...load.database },
  };
}

/** The part of all requests that needed no read of the database of their own; 0 to 1. */
export function getHitRate({ served, refused, databaseReads }: Report): number {
  return 1 - databaseReads / (served + refused);
}

/** One line of a table about a load. */
export function describeLoad(name: string, { seconds }: SteadyLoad, report: Report): string {
  const requests = report.served + report.refused;
  const percent = (part: number) => `${(100 * part).toFixed(2)} %`;
  const columns = [
    name,
    requests,
    percent(getHitRate(report)),
    percent(report.waited / requests),
    (report.databaseReads / seconds).toFixed(2),
    (report.kvReads / seconds).toFixed(2),
    report.refused,
    `${(report.longestOldMs / 1_000).toFixed(1)} s`,
  ];
  return `| ${columns.join(" | ")} |`;
}

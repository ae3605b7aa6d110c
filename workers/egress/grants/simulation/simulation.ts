import { createIsolate, type Fate, type Served } from "./isolate.ts";
import { createRandom } from "./random.ts";
import { createScheduler } from "./scheduler.ts";
import {
  type Change,
  createSimulatedDatabase,
  type DatabaseWeather,
  type SimulatedDatabase,
} from "./simulated-database.ts";
import { createSimulatedKv, type KvWeather } from "./simulated-kv.ts";

/** A change is in force for all requests that start so long after its commit. */
export const BOUND_MS = 15_000;
/** What a request may have to wait for grants: two reads, each with its time-outs and some slack. */
export const MAX_WAIT_MS = 10_000;

/** All that happens in one simulation; times in milliseconds from its beginning. */
export type Plan = {
  seed: number;
  secrets: number;
  sandboxes: number;
  /** Where isolates are, and how far their clocks are ahead. */
  isolates: { location: number; aheadMs: number }[];
  changes: { at: number; change: Change }[];
  requests: { at: number; isolate: number; sandbox: number; fate: Fate }[];
  evictions: { at: number; isolate: number }[];
  clockSteps: { at: number; isolate: number; aheadMs: number }[];
  kv: KvWeather;
  database: DatabaseWeather;
};

/** What was seen in one simulation. */
export type Report = {
  served: number;
  refused: number;
  /** Requests that were refused although no read that they depended on had failed. */
  refusedWithoutExcuse: number;
  /** Requests that waited for KV or the database, be it for another's read. */
  waited: number;
  databaseReads: number;
  /** Those that began while another of the same isolate and sandbox was under way. */
  secondReads: number;
  kvReads: number;
  kvWrites: number;
  kvWritesRefused: number;
  /** Writes to KV that landed after a younger one of the same sandbox. */
  kvWritesOvertaken: number;
  /** Entries that KV gave to an isolate whose clock had not yet come so far. */
  futureEntries: number;
  longestWaitMs: number;
  /** The longest time after a change's commit at which a request started that was served without. */
  longestOldMs: number;
  /** What must not be; empty where all is well. */
  faults: string[];
};

/** Lets a plan happen. */
export async function simulate(plan: Plan): Promise<Report> {
  const scheduler = createScheduler();
  const random = createRandom(plan.seed);
  const kv = createSimulatedKv(scheduler, random, plan.kv);
  const database = createSimulatedDatabase(scheduler, random, plan.database, plan);
  const report = createReport();
  const isolates = plan.isolates.map(({ location, aheadMs }) =>
    createIsolate(
      scheduler,
      kv.bind(location),
      database,
      {
        onServed: (served) => judge(served, database, report),
        onDatabaseRead(isSecond) {
          report.databaseReads += 1;
          if (isSecond) report.secondReads += 1;
        },
        onFutureEntry() {
          report.futureEntries += 1;
        },
        onFault: (what) => report.faults.push(String(what)),
      },
      aheadMs,
    ),
  );
  for (const { at, change } of plan.changes) scheduler.after(at, () => database.commit(change));
  for (const { at, isolate, sandbox, fate } of plan.requests) {
    scheduler.after(at, () => isolates[isolate]?.request(String(sandbox), fate));
  }
  for (const { at, isolate } of plan.evictions)
    scheduler.after(at, () => isolates[isolate]?.evict());
  for (const { at, isolate, aheadMs } of plan.clockSteps) {
    scheduler.after(at, () => isolates[isolate]?.setClock(aheadMs));
  }
  await scheduler.runAll();
  const waiting = isolates.reduce((sum, isolate) => sum + isolate.countWaiting(), 0);
  if (waiting > 0) report.faults.push(`${waiting} requests never got an answer`);
  return { ...report, ...kv.counts };
}

/** Puts what was seen in two simulations together. */
export function addReports(one: Report, other: Report): Report {
  const sum = { ...one };
  for (const count of COUNTS) sum[count] += other[count];
  sum.longestWaitMs = Math.max(one.longestWaitMs, other.longestWaitMs);
  sum.longestOldMs = Math.max(one.longestOldMs, other.longestOldMs);
  sum.faults = [...one.faults, ...other.faults];
  return sum;
}

const COUNTS = [
  "served",
  "refused",
  "refusedWithoutExcuse",
  "waited",
  "databaseReads",
  "secondReads",
  "futureEntries",
  "kvReads",
  "kvWrites",
  "kvWritesRefused",
  "kvWritesOvertaken",
] as const satisfies (keyof Report)[];

function createReport(): Report {
  return {
    served: 0,
    refused: 0,
    refusedWithoutExcuse: 0,
    waited: 0,
    databaseReads: 0,
    secondReads: 0,
    kvReads: 0,
    kvWrites: 0,
    kvWritesRefused: 0,
    kvWritesOvertaken: 0,
    futureEntries: 0,
    longestWaitMs: 0,
    longestOldMs: 0,
    faults: [],
  };
}

/** Notes a request that got its answer, and whether it should not have been that one. */
function judge(served: Served, database: SimulatedDatabase, report: Report): void {
  const { sandboxId, startedAt, endedAt, content, hasExcuse } = served;
  const waitMs = endedAt - startedAt;
  if (waitMs > 0) report.waited += 1;
  report.longestWaitMs = Math.max(report.longestWaitMs, waitMs);
  if (waitMs > MAX_WAIT_MS) report.faults.push(`a request waited for ${waitMs} ms`);
  if (content === null) {
    report.refused += 1;
    if (!hasExcuse) report.refusedWithoutExcuse += 1;
    return;
  }
  report.served += 1;
  const history = database.getHistory(sandboxId);
  const index = history.findLastIndex((one) => one.content === content);
  // What was committed while the request waited may be served or not.
  const replacedAt = history[index + 1]?.from ?? Infinity;
  const oldMs = index === -1 ? Infinity : startedAt - replacedAt;
  report.longestOldMs = Math.max(report.longestOldMs, oldMs);
  if (oldMs >= BOUND_MS) {
    report.faults.push(`"${content}" was served ${oldMs} ms after it had been replaced`);
  }
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fate } from "./isolate.ts";
import { isDatabaseWell, MAX_GOOD_WAIT_MS, randomPlans } from "./random-plans.ts";
import { addReports, type Plan, type Report, simulate } from "./simulation.ts";
import { planSteadyLoad } from "./steady-load.ts";

const RUNS = 2_000;
const KV_MS = 10;
// The machine may be busy; alone it takes less than ten seconds.
const TIMEOUT_MS = 120_000;

describe("15 seconds after a change", () => {
  test(
    "no request starts that is served without it, whatever the layers do",
    async ({ annotate }) => {
      const reports: Report[] = [];
      await fc.assert(
        fc.asyncProperty(randomPlans, async (plan) => {
          const report = await simulate(plan);
          reports.push(report);
          expect(report.faults).toEqual([]);
          // A clock that is set may refuse a read or start a second one; no more than that.
          if (plan.clockSteps.length > 0) return;
          expect(report).toMatchObject({ secondReads: 0, refusedWithoutExcuse: 0 });
          if (!isDatabaseWell(plan)) return;
          expect(report.refused).toBe(0);
          expect(report.longestWaitMs).toBeLessThanOrEqual(MAX_GOOD_WAIT_MS);
        }),
        {
          numRuns: RUNS,
          interruptAfterTimeLimit: TIMEOUT_MS - 20_000,
          markInterruptAsFailure: true,
        },
      );
      const sum = sumReports(reports);
      await annotate(summarize(reports.length, sum));
      // The schedules come near the bound, and by all the ways that lead there.
      expect(sum.longestOldMs).toBeGreaterThan(12_000);
      expect(sum.kvWritesRefused).toBeGreaterThan(0);
      expect(sum.kvWritesOvertaken).toBeGreaterThan(0);
      expect(sum.futureEntries).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});

describe("the races", () => {
  test("a read that began before a change and ended after it, between the worst clocks", async () => {
    const readMs = 1_000;
    const plan = planRace({
      aheadMs: [2_000, -2_000],
      // The first isolate reads just before the change, the second takes that from KV.
      requests: [
        { at: 0, isolate: 0 },
        ...listTimes(8_000, 30_000, 50).map((at) => ({ at, isolate: 1, lagMs: 500 })),
      ],
      changedAt: KV_MS + readMs + 1,
      readMs,
    });
    const report = await simulate(plan);
    expect(report.faults).toEqual([]);
    expect(report.kvReads).toBeGreaterThan(report.databaseReads);
    expect(report.longestOldMs).toBeGreaterThan(13_000);
  });

  test("an isolate that is gone between the answer and the write to KV: the next one reads", async () => {
    const requests = [
      { at: 0, isolate: 0, end: "answer-then-death" as const },
      { at: 1_000, isolate: 1 },
    ];
    const report = await simulate(
      planRace({ aheadMs: [0, 0], requests, changedAt: 500, readMs: 20 }),
    );
    expect(report).toMatchObject({ served: 2, databaseReads: 2, kvWrites: 1, faults: [] });
  });

  test("a leader whose client leaves: those who wait get what it began", async () => {
    const requests = [
      { at: 0, isolate: 0, end: { leavesAfterMs: 1 } },
      ...listTimes(1, 100, 1).map((at) => ({ at, isolate: 0 })),
    ];
    const report = await simulate(
      planRace({ aheadMs: [0], requests, changedAt: 500, readMs: 100 }),
    );
    expect(report).toMatchObject({ served: 99, databaseReads: 1, faults: [] });
    expect(report.longestWaitMs).toBeLessThanOrEqual(KV_MS + 2 * 100);
  });

  test("a leader that dies: one of those who wait reads in its place", async () => {
    const requests = [
      { at: 0, isolate: 0, end: { diesAfterMs: 1 } },
      ...listTimes(1, 100, 1).map((at) => ({ at, isolate: 0 })),
    ];
    const report = await simulate(
      planRace({ aheadMs: [0], requests, changedAt: 500, readMs: 100 }),
    );
    expect(report).toMatchObject({ served: 99, refused: 0, databaseReads: 1, faults: [] });
  });
});

function listTimes(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
}

/** Plans one change of one secret, in isolates of one location, over layers that take fixed times. */
function planRace(race: {
  aheadMs: number[];
  requests: { at: number; isolate: number; lagMs?: number; end?: Fate["end"] }[];
  changedAt: number;
  readMs: number;
}): Plan {
  const load = { seconds: 0, requestsPerSecond: 0, locations: 1, isolatesPerLocation: 0 };
  return {
    ...planSteadyLoad({
      ...load,
      kv: { latencyMs: [KV_MS, KV_MS] },
      database: { latencyMs: [race.readMs, race.readMs] },
    }),
    isolates: race.aheadMs.map((aheadMs) => ({ location: 0, aheadMs })),
    changes: [{ at: race.changedAt, change: { kind: "rotate", secret: 0 } }],
    requests: race.requests.map(({ at, isolate, lagMs = 0, end = "answer" }) => ({
      at,
      isolate,
      sandbox: 0,
      fate: { lagMs, end },
    })),
  };
}

function sumReports(reports: Report[]): Report {
  const [first, ...others] = reports;
  if (first === undefined) throw new Error("there is no report");
  return others.reduce(addReports, first);
}

function summarize(schedules: number, report: Report): string {
  const { served, refused, databaseReads, longestOldMs } = report;
  return [
    `${schedules} schedules`,
    `${served + refused} requests, ${refused} of them refused`,
    `${databaseReads} reads of the database`,
    `the oldest that was served had been replaced ${(longestOldMs / 1_000).toFixed(1)} s before`,
  ].join("; ");
}

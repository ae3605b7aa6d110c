import { describe, expect, test } from "vitest";
import { simulate } from "./simulation.ts";
import { describeLoad, getHitRate, planSteadyLoad, type SteadyLoad } from "./steady-load.ts";

describe("under a steady load on one sandbox", () => {
  const ONE_ISOLATE = { seconds: 60, requestsPerSecond: 50, locations: 1, isolatesPerLocation: 1 };
  const ONE_LOCATION = { ...ONE_ISOLATE, isolatesPerLocation: 4 };
  const FOUR_LOCATIONS = { ...ONE_LOCATION, locations: 4, requestsPerSecond: 200 };

  const loads: [name: string, load: SteadyLoad, leastHitRate: number][] = [
    ["50/s, one isolate", ONE_ISOLATE, 0.99],
    ["50/s, four isolates in one location", ONE_LOCATION, 0.99],
    ["200/s, four isolates in each of four locations", FOUR_LOCATIONS, 0.99],
    ["the same, KV fails", { ...FOUR_LOCATIONS, kv: { failure: 1 } }, 0.99],
    ["the same, KV hangs", { ...FOUR_LOCATIONS, kv: { hanging: 1 } }, 0.99],
    [
      "the same, database takes 1.4 to 2.8 s",
      { ...FOUR_LOCATIONS, database: { latencyMs: [700, 1_400] } },
      0.99,
    ],
    [
      "the same, 3 of 10 reads of the database fail",
      { ...FOUR_LOCATIONS, database: { failure: 0.3 } },
      0.98,
    ],
  ];

  test.for(loads)(
    "%s: the database is hardly asked",
    async ([name, load, leastHitRate], { annotate }) => {
      const report = await simulate(planSteadyLoad(load));
      expect(report.faults).toEqual([]);
      expect(getHitRate(report)).toBeGreaterThanOrEqual(leastHitRate);
      await annotate(describeLoad(name, load, report));
    },
  );
});

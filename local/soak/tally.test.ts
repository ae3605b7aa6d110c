import { expect, test } from "vitest";
import { createPhase, measureOutage, type Phase, summarize } from "./tally.ts";

function add(phase: Phase, outcome: string, since: number, until: number, isFailure = false): void {
  phase.endings.push({ outcome, since, until, isFailure });
}

test("an outage lasts until the end of the last failure that began after the fault", () => {
  const phase = createPhase("p", true);
  add(phase, "503", 50, 5_000, true);
  expect(measureOutage(phase)).toBeNull();
  phase.faultEndedAt = 100;
  expect(measureOutage(phase)).toBe(0);
  add(phase, "503", 150, 400, true);
  add(phase, "200", 500, 900);
  expect(measureOutage(phase)).toBe(300);
});

test("counts outcomes and finds the median, the slowest and the longest failure", () => {
  const phase = createPhase("p", true);
  for (let ms = 1; ms <= 100; ms++) add(phase, "200", 0, ms);
  add(phase, "503", 0, 70, true);
  expect(summarize(phase)).toMatchObject({
    requests: 101,
    outcomes: { "200": 100, "503": 1 },
    p99Ms: 99,
    longestFailureMs: 70,
  });
});

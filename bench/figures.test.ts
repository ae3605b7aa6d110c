import { expect, it } from "vitest";
import { compareInRounds } from "./benchmark.ts";
import { compareMedians, formatNumber } from "./figures.ts";

it("compares medians, and tells the least and the greatest ratio of a round", () => {
  const compared = compareMedians(
    { egress: [50, 90, 80], baseline: [100, 100, 200] },
    (value) => value,
  );
  expect(compared).toEqual({
    egress: 80,
    baseline: 100,
    ratio: 0.8,
    lowestRatio: 0.4,
    highestRatio: 0.9,
  });
});

it("compares nothing where one of the two could not be measured", () => {
  expect(compareMedians({ egress: [1], baseline: [null] }, (value) => value)).toBeNull();
});

it("lets the other one go first in every second round", async () => {
  const order: string[] = [];
  await compareInRounds(3, async (contender) => order.push(contender));
  expect(order).toEqual(["baseline", "egress", "egress", "baseline", "baseline", "egress"]);
});

it.each([
  [0.4567, "0.46"],
  [12.34, "12.3"],
  [12_345.6, "12,346"],
  [null, "?"],
])("writes %s as %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

import { expect, it } from "vitest";
import { getMedian, getPercentile } from "./statistics.ts";

it("takes the middle value as the median, in any order", () => {
  expect(getMedian([9, 1, 5])).toBe(5);
  expect(getMedian([4, 1, 3, 2])).toBe(2.5);
  expect(getMedian([7])).toBe(7);
  expect(getMedian([])).toBeNaN();
});

it("takes as a percentile the value that so many are not above", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(getPercentile(values, 0.99)).toBe(99);
  expect(getPercentile(values, 1)).toBe(100);
  expect(getPercentile([3], 0.99)).toBe(3);
  expect(getPercentile([], 0.99)).toBeNaN();
});

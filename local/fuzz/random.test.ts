import { expect, it } from "vitest";
import { frame, mutate } from "./mutate.ts";
import { createRandom } from "./random.ts";
import { renderRequest } from "./wire.ts";

const REQUEST = {
  method: "POST",
  target: "/api/secret",
  headers: [["Host", "127.0.0.1"]] as [string, string][],
  body: '{"name":"A","value":"v"}',
};

function render(seed: number, index: number): string {
  const random = createRandom(seed, index);
  return renderRequest(frame(mutate(REQUEST, random), random));
}

it("makes the same request of the same seed, and others of others", () => {
  const indexes = Array.from({ length: 200 }, (_, index) => index);
  const made = indexes.map((index) => render(7, index));
  expect(indexes.map((index) => render(7, index))).toEqual(made);
  expect(new Set(made).size).toBeGreaterThan(100);
  expect(indexes.map((index) => render(8, index))).not.toEqual(made);
});

it("chooses among all values, alike", () => {
  const random = createRandom(1, 1);
  const counts = new Map<string, number>();
  for (let left = 3000; left > 0; left -= 1) {
    const value = random.pick(["a", "b", "c"]);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  expect(counts.size).toBe(3);
});

import { expect, test } from "vitest";
import { BoundedMap } from "./bounded-map.ts";

test("forgets the least recently used entry beyond the number it may hold", () => {
  const map = new BoundedMap<string, number>({ maxEntries: 2 });
  map.set("a", 1);
  map.set("b", 2);
  map.get("a");
  map.set("c", 3);
  expect(["a", "b", "c"].map((key) => map.get(key))).toEqual([1, undefined, 3]);
});

test("forgets entries until the bytes fit, and counts those that are replaced or deleted once", () => {
  const map = new BoundedMap<string, string>({
    maxEntries: 100,
    maxBytes: 10,
    measure: (text) => text.length,
  });
  map.set("a", "1234");
  map.set("a", "12");
  map.set("b", "1234");
  map.set("c", "1234");
  expect(map.get("a")).toBe("12");
  map.delete("b");
  map.set("d", "1234");
  expect(["a", "b", "c", "d"].map((key) => map.get(key))).toEqual([
    "12",
    undefined,
    "1234",
    "1234",
  ]);
  map.set("e", "123456789");
  expect(["a", "c", "d", "e"].map((key) => map.get(key))).toEqual([
    undefined,
    undefined,
    undefined,
    "123456789",
  ]);
});

test("keeps the newest entry, however large", () => {
  const map = new BoundedMap<string, string>({
    maxEntries: 3,
    maxBytes: 2,
    measure: (text) => text.length,
  });
  map.set("a", "1");
  map.set("b", "12345");
  expect([map.get("a"), map.get("b")]).toEqual([undefined, "12345"]);
});

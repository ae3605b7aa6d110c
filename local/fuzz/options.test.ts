import { expect, it } from "vitest";
import { parseOptions } from "./options.ts";

it("goes on for 60 s from a seed of its own, unless told otherwise", () => {
  expect(parseOptions([])).toEqual({ seconds: 60, seed: expect.any(Number) });
  expect(parseOptions(["--seconds", "5", "--seed=42"])).toEqual({ seconds: 5, seed: 42 });
});

it.each([
  [["--seconds", "0"], "--seconds must be a whole number from 1 to 86400."],
  [["--seconds", "soon"], "--seconds must be a whole number"],
  [["--seed", "-1"], "--seed"],
  [["--seed", "4294967296"], "--seed must be a whole number from 0 to 4294967295."],
  [["--fast"], "--fast"],
])("refuses %j, naming the option", (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});

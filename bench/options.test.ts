import { expect, it } from "vitest";
import { parseOptions } from "./options.ts";

const KNOWN = ["one", "two", "three"];

it("wants every row of a full run where nothing is said", () => {
  expect(parseOptions([], KNOWN)).toEqual({
    isQuick: false,
    isJson: false,
    rows: KNOWN,
    profiled: null,
  });
});

it("takes the rows of --only, with commas or given again", () => {
  expect(parseOptions(["--quick", "--only", "one, two", "--only=three"], KNOWN)).toMatchObject({
    isQuick: true,
    rows: ["one", "two", "three"],
  });
});

it.each([
  [["--only", "four"], "four"],
  [["--profile", "four"], "four"],
  [["--fast"], "--fast"],
  [["one"], "one"],
])("refuses %j and names what it does not know", (args, name) => {
  expect(() => parseOptions(args, KNOWN)).toThrow(name);
});

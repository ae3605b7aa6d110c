import { expect, it } from "vitest";
import type { Row } from "./row.ts";
import { renderTable } from "./table.ts";

const ROW: Row = {
  name: "one",
  what: "speed",
  figure: "≥ 0.80",
  measured: "0.85",
  baseline: "100/s",
  isReached: true,
  note: "in 5 rounds",
  numbers: {},
};

it("aligns the columns and lists the notes below", () => {
  const silent: Row = { ...ROW, name: "two", baseline: null, isReached: null, note: "" };
  const missed: Row = { ...ROW, name: "three", what: "memory of it", isReached: false, note: "" };
  expect(renderTable([ROW, silent, missed])).toBe(
    [
      "| what         | figure to reach | measured | baseline | reached |",
      "| ------------ | --------------- | -------- | -------- | ------- |",
      "| speed        | ≥ 0.80          | 0.85     | 100/s    | yes     |",
      "| speed        | ≥ 0.80          | 0.85     |          |         |",
      "| memory of it | ≥ 0.80          | 0.85     | 100/s    | no      |",
      "",
      "- one: in 5 rounds",
    ].join("\n"),
  );
});

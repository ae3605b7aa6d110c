import { expect, test } from "vitest";
import { createReport } from "./report.ts";

test("numbers the steps and lines up what each side saw", () => {
  const lines: string[] = [];
  const report = createReport((line) => lines.push(line));
  report.begin("First");
  report.show("one sends", "a");
  report.begin("Second");
  report.check("the other sees", "b", "b");
  expect(lines.map((line) => line.trim())).toEqual([
    expect.stringContaining("1. First"),
    "one sends             a",
    expect.stringContaining("2. Second"),
    expect.stringMatching(/^the other sees {8}b .*✓/),
  ]);
  expect(report.failures()).toBe(0);
});

test("counts what did not come out as told, and shows both", () => {
  const lines: string[] = [];
  const report = createReport((line) => lines.push(line));
  report.check("the host receives", "placeholder", "value");
  report.check("the host receives", undefined, "value");
  expect(report.failures()).toBe(2);
  expect(lines[0]).toContain("placeholder");
  expect(lines[0]).toContain("expected value");
});

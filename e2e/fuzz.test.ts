import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const START = resolve(import.meta.dirname, "../local/start.js");

test("finds no fault in five seconds of hostile requests, and counts them by status", async () => {
  const args = [START, "fuzz", "--seconds", "5", "--seed", "1"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toContain("Seed 1, for 5 s");
  expect(stdout).toMatch(/api .*200: \d+.*400: \d+.*404: \d+/);
  expect(stdout).toMatch(/egress .*200: \d+.*400: \d+.*407: \d+/);
  expect(stdout).toContain("No faults.");
});

test("names a wrong option", async () => {
  const failed = promisify(execFile)(process.execPath, [START, "fuzz", "--seed", "x"]);
  await expect(failed).rejects.toMatchObject({
    code: 1,
    stderr: "--seed must be a whole number from 0 to 4294967295.\n",
  });
});

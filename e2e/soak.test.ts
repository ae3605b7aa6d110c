import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseOptions } from "../local/soak/options.ts";
import type { SoakResult } from "../local/soak/table.ts";
import { spawnStack } from "./testing/stack-process.ts";

// Of two cores that others use too; what is promised has bounds of its own.
const SOAK_MS = 240_000;

test("a short soak finds nothing wrong in any phase, and leaves nothing", {
  timeout: SOAK_MS,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "egret-soak-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const args = ["--seconds", "20", "--concurrency", "30", "--json"];
  const soak = spawnStack(join(folder, "unused"), { TMPDIR: folder }, "soak", args);
  const code = await soak.ended;
  const result = JSON.parse(soak.output()) as SoakResult;
  expect(result.wrong).toEqual([]);
  expect(code).toBe(0);
  expect(result.phases.map(({ phase }) => phase)).toEqual([
    "no fault",
    "database killed",
    "database frozen",
    "database answers errors",
    "database slow by 3 s",
    "upstreams fail",
    "egress restarted",
    "no fault again",
  ]);
  for (const { phase, outcomes } of result.phases) expect(outcomes, phase).toHaveProperty("200");
  const outcomes = result.phases.flatMap((phase) => Object.keys(phase.outcomes));
  expect(outcomes).toEqual(expect.arrayContaining(["API 503", "502, of upstream"]));
  expect(result.changesAnswered).toBeGreaterThan(40);
  expect(result.auditRows).toBeGreaterThanOrEqual(result.changesAnswered);
  expect(await readdir(folder)).toEqual([]);
});

test("names the argument that cannot be", () => {
  expect(() => parseOptions(["--seconds", "1"])).toThrow("--seconds");
  expect(() => parseOptions(["--concurrency", "many"])).toThrow("--concurrency");
});

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { describeProcess } from "../local/process-identity.ts";
import { listDescendants, type VisibleProcess } from "./testing/process-tree.ts";
import { type StackProcess, spawnStack } from "./testing/stack-process.ts";

const DEMO_MS = 60_000;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "egret-demo-test-"));
});

afterEach(() => rm(folder, { recursive: true }));

test("tells its story in under a minute, all as promised, and leaves nothing", async () => {
  const start = Date.now();
  const demo = startDemo();
  const descendants = await waitForStory(demo);
  expect(await demo.ended, demo.output()).toBe(0);
  expect(Date.now() - start).toBeLessThan(DEMO_MS);
  expect(demo.output()).toContain("All as promised.");
  expect(demo.output().match(/✓/g)).toHaveLength(11);
  expect(demo.output()).not.toContain("✗");
  await expectNothingLeft(descendants);
});

test("leaves nothing when it is interrupted", async () => {
  const demo = startDemo();
  const descendants = await waitForStory(demo);
  process.kill(demo.pid, "SIGINT");
  expect(await demo.ended).toBe(1);
  expect(demo.output()).not.toContain("All as promised.");
  await expectNothingLeft(descendants);
});

function startDemo(): StackProcess {
  return spawnStack(join(folder, "unused"), { TMPDIR: folder }, "demo");
}

async function waitForStory(demo: StackProcess): Promise<VisibleProcess[]> {
  await vi.waitFor(() => expect(demo.output()).toContain("1. "), { timeout: DEMO_MS });
  return listDescendants(demo.pid);
}

async function expectNothingLeft(descendants: VisibleProcess[]): Promise<void> {
  expect(descendants.length).toBeGreaterThanOrEqual(3);
  expect(descendants.filter(({ pid }) => describeProcess(pid) !== null)).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
}

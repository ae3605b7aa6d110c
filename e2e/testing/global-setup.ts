import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import type { LocalDetails } from "../../local/state.ts";
import { spawnStack, stopStack, waitForDetails } from "./stack-process.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the stack that runs beside all e2e tests. */
    local: LocalDetails;
    stateDirectory: string;
  }
}

/** Starts one stack for all e2e tests, with a state folder of its own. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const stateDirectory = await mkdtemp(join(tmpdir(), "egret-e2e-"));
  const stack = spawnStack(stateDirectory);
  project.provide("local", await waitForDetails(stack));
  project.provide("stateDirectory", stateDirectory);
  return async () => {
    await stopStack(stack);
    await rm(stateDirectory, { recursive: true });
  };
}

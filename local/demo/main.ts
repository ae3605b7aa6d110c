import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StartError } from "../configuration.ts";
import { type Stack, startStack } from "../stack.ts";
import { createStopSignal } from "../stop-signal.ts";
import { createReport } from "./report.ts";
import { playStory } from "./story.ts";
import { startUpstream } from "./upstream.ts";

const { signal } = createStopSignal();
process.exitCode = await run();

/** Starts everything the demo needs, plays it, and leaves neither process nor folder. */
async function run(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "egret-demo-"));
  try {
    console.log("Starting a stack of its own, on free ports …");
    return await runWith(await startOwnStack(folder));
  } catch (error) {
    if (signal.aborted) return 1;
    console.error(error instanceof StartError ? error.message : error);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function startOwnStack(stateDirectory: string): Promise<Stack> {
  return startStack({
    configuration: { apiPort: 0, egressPort: 0, databasePort: 0, stateDirectory },
    databaseOnly: false,
    onError: (line) => console.error(line),
    signal,
  });
}

async function runWith(stack: Stack): Promise<number> {
  const [allowed, other] = await Promise.all([startUpstream(), startUpstream()]);
  const report = createReport((line) => console.log(line));
  try {
    await playStory({ local: stack.details, allowed, other, report, signal });
  } finally {
    await Promise.all([stack.stop(), allowed.close(), other.close()]);
  }
  const failures = report.failures();
  console.log(failures === 0 ? "\nAll as promised." : `\n${failures} not as promised.`);
  return failures === 0 ? 0 : 1;
}

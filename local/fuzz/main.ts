import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callApi } from "../client.ts";
import { StartError } from "../configuration.ts";
import { startStack } from "../stack.ts";
import { createStopSignal } from "../stop-signal.ts";
import { prepareGround } from "./ground.ts";
import { parseOptions } from "./options.ts";
import { type Findings, runFuzz } from "./run.ts";

const { signal } = createStopSignal();
// Before the options come Node, the entry and its own word for this script.
process.exitCode = await run(process.argv.slice(3));

/** Starts a stack of its own, sends it hostile requests, and leaves neither process nor folder. */
async function run(args: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "egret-fuzz-"));
  try {
    const { seconds, seed } = parseOptions(args);
    console.log(`Seed ${seed}, for ${seconds} s, at a stack of its own …`);
    const findings = await fuzz(folder, { seconds, seed });
    console.log(render(findings));
    return findings.faults.length === 0 ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) console.error(error instanceof StartError ? error.message : error);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fuzz(
  stateDirectory: string,
  { seconds, seed }: { seconds: number; seed: number },
): Promise<Findings> {
  const stack = await startStack({
    configuration: { apiPort: 0, egressPort: 0, databasePort: 0, stateDirectory },
    databaseOnly: false,
    // What a Worker logs of hostile requests is not news; what it answers is judged.
    onError: () => undefined,
    signal,
  });
  try {
    const ground = await prepareGround(stack);
    try {
      const deadline = Date.now() + seconds * 1000;
      const findings = await runFuzz(stack, ground, { seed, deadline, now: Date.now, signal });
      const { status } = await callApi(stack.details, "GET", "/health/ready");
      if (status !== 200) findings.faults.push(`/health/ready answers ${status} afterwards`);
      return findings;
    } finally {
      await ground.upstream.close();
    }
  } finally {
    await stack.stop();
  }
}

function render({ requests, counts, faults }: Findings): string {
  const rows = Object.entries(counts).map(([worker, byStatus]) => {
    const parts = Object.entries(byStatus).map(([status, count]) => `${status}: ${count}`);
    return `  ${worker.padEnd(7)} ${parts.join("  ")}`;
  });
  const verdict =
    faults.length === 0 ? "No faults." : [`${faults.length} faults:`, ...faults].join("\n");
  return [`${requests} requests, answered by status:`, ...rows, verdict].join("\n");
}

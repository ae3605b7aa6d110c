import { join } from "node:path";
import { spawnStack, stopStack, waitForDetails } from "../../e2e/testing/stack-process.ts";
import type { Benchmark } from "../benchmark.ts";
import { formatNumber } from "../figures.ts";

const NAME = "npm-start";
const SECOND_MS = 1000;

/** How long a user waits for the local stack. */
export const NPM_START: Benchmark = {
  rows: [NAME],

  async run({ folder, effort }) {
    const stateDirectory = join(folder, "npm-start");
    const firstSeconds = await measureStart(stateDirectory);
    const againSeconds = effort.name === "full" ? await measureStart(stateDirectory) : null;
    return [
      {
        name: NAME,
        what: "`npm start` to ready",
        figure: "printed",
        measured: `${formatNumber(firstSeconds)} s`,
        baseline: null,
        isReached: null,
        note: `the first run${againSeconds === null ? "" : `; a later one ${formatNumber(againSeconds)} s`}`,
        numbers: { firstSeconds, againSeconds },
      },
    ];
  },
};

async function measureStart(stateDirectory: string): Promise<number> {
  const startedAt = performance.now();
  const stack = spawnStack(stateDirectory);
  await waitForDetails(stack);
  const seconds = (performance.now() - startedAt) / SECOND_MS;
  await stopStack(stack);
  return seconds;
}

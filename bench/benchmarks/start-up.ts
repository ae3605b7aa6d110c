import type { Benchmark } from "../benchmark.ts";
import { formatNumber } from "../figures.ts";
import type { BenchWorker, Ground } from "../ground/ground.ts";
import type { Row } from "../row.ts";
import { getMedian } from "../statistics.ts";
import { createCallHeaders, createCallUrl } from "./egress-call.ts";

type StartedWorker = "api" | "egress" | "baseline";
type Start = { listeningMs: number; firstAnswerMs: number };

/** How soon a Worker answers its first request, from a workerd that is just started. */
export const START_UP: Benchmark = {
  rows: ["start-api", "start-egress"],

  async run(ground, wanted) {
    const starts: Record<StartedWorker, Start[]> = { api: [], egress: [], baseline: [] };
    for (let round = 0; round < ground.effort.startRounds; round++) {
      for (const worker of ["baseline", "api", "egress"] as const) {
        starts[worker].push(await measureStart(ground, worker));
      }
    }
    const names = ["api", "egress"] as const;
    return names
      .filter((worker) => wanted.has(`start-${worker}`))
      .map((worker) => describeStart(worker, starts[worker], starts.baseline));
  },
};

async function measureStart(ground: Ground, worker: StartedWorker): Promise<Start> {
  const startedAt = performance.now();
  const runtime = await ground.startRuntime([worker satisfies BenchWorker]);
  try {
    const listeningMs = performance.now() - startedAt;
    const sentAt = performance.now();
    const answer = await sendFirstRequest(ground, worker, runtime.getOrigin(worker));
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${worker} answered ${answer.status}`);
    return { listeningMs, firstAnswerMs: performance.now() - sentAt };
  } finally {
    await runtime.stop();
  }
}

/** A request that needs all that the Worker makes from its bindings, the database included. */
function sendFirstRequest(ground: Ground, worker: StartedWorker, origin: string) {
  if (worker === "api") {
    return fetch(`${origin}/api/secret/paginated?limit=1`, {
      headers: { Authorization: `Bearer ${ground.local.apiKey}` },
    });
  }
  return fetch(createCallUrl(ground, origin, "/json"), {
    headers: createCallHeaders(ground.sandboxes.one),
  });
}

function describeStart(
  worker: StartedWorker,
  starts: readonly Start[],
  baseline: readonly Start[],
): Row {
  const firstAnswerMs = getMedian(starts.map((start) => start.firstAnswerMs));
  const listeningMs = getMedian(starts.map((start) => start.listeningMs));
  const baselineFirstAnswerMs = getMedian(baseline.map((start) => start.firstAnswerMs));
  const baselineListeningMs = getMedian(baseline.map((start) => start.listeningMs));
  return {
    name: `start-${worker}`,
    what: `start-up of the ${worker} Worker: its first request after boot`,
    figure: "printed",
    measured: `${formatNumber(firstAnswerMs)} ms`,
    baseline: `${formatNumber(baselineFirstAnswerMs)} ms`,
    isReached: null,
    note:
      `workerd listened ${formatNumber(listeningMs)} ms after it was started, ` +
      `with the baseline ${formatNumber(baselineListeningMs)} ms`,
    numbers: { firstAnswerMs, listeningMs, baselineFirstAnswerMs, baselineListeningMs },
  };
}

import { type Benchmark, type Contender, compareInRounds, judge } from "../benchmark.ts";
import { formatNumber } from "../figures.ts";
import type { Ground } from "../ground/ground.ts";
import type { Runtime } from "../ground/runtime.ts";
import type { EventsAnswer, EventsTask } from "../processes/events.ts";
import { runTask } from "../processes/process.ts";
import { getMedian } from "../statistics.ts";
import { createCallHeaders, createCallUrl } from "./egress-call.ts";

const NAME = "first-byte";
const LIMIT_MS = 1;
const PROFILED_EVENTS = 1000;

/** Server-sent events: how much later they come. */
export const EVENTS: Benchmark = {
  rows: [NAME],

  async run(ground) {
    const { rounds, eventsPerRound } = ground.effort;
    const runtime = await ground.startRuntime(["egress", "baseline"]);
    try {
      const listen = (contender: Contender) =>
        listenToEvents(ground, runtime, contender, eventsPerRound);
      await listen("baseline");
      await listen("egress");
      const { egress, baseline } = await compareInRounds(rounds, listen);
      const own = getMedian(egress.flat());
      const others = getMedian(baseline.flat());
      return [
        {
          name: NAME,
          what: "first byte of a server-sent event, added by the egress (median)",
          figure: `≤ ${LIMIT_MS} ms`,
          measured: `${formatNumber(own - others)} ms`,
          baseline: `${formatNumber(others)} ms from upstream to client`,
          isReached: judge(ground.effort, own - others <= LIMIT_MS),
          note: "",
          numbers: {
            addedMilliseconds: own - others,
            milliseconds: own,
            baselineMilliseconds: others,
          },
        },
      ];
    } finally {
      await runtime.stop();
    }
  },

  profiled: {
    worker: "egress",
    async exercise(ground, runtime) {
      await listenToEvents(ground, runtime, "egress", PROFILED_EVENTS);
    },
  },
};

async function listenToEvents(
  ground: Ground,
  runtime: Runtime,
  contender: Contender,
  count: number,
): Promise<number[]> {
  const { delaysMs } = await runTask<EventsTask, EventsAnswer>("events.ts", {
    url: createCallUrl(ground, runtime.getOrigin(contender), `/events?count=${count}`),
    headers: createCallHeaders(ground.sandboxes.one),
  });
  if (delaysMs.length === count) return delaysMs;
  throw new Error(`${delaysMs.length} of ${count} events came through`);
}

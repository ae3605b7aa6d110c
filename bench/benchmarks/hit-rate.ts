import { type Benchmark, judge } from "../benchmark.ts";
import { createOneSecretSandbox } from "../ground/sandboxes.ts";
import type { CallsAnswer, CallsTask } from "../processes/calls.ts";
import { runTask } from "../processes/process.ts";
import { createCallHeaders, createCallUrl } from "./egress-call.ts";

const NAME = "hit-rate";
const FIGURE = 0.99;

/** How many requests of a steady sandbox need no database, over several lives of its grants. */
export const HIT_RATE: Benchmark = {
  rows: [NAME],

  async run(ground) {
    const { hitRateSeconds, hitRateRequestsPerSecond: perSecond } = ground.effort;
    const runtime = await ground.startRuntime(["egress"]);
    try {
      const sandbox = await createOneSecretSandbox(ground.local);
      const url = createCallUrl(ground, runtime.getOrigin("egress"), "/json");
      const count = hitRateSeconds * perSecond;
      ground.database.takeUse();
      await runTask<CallsTask, CallsAnswer>("calls.ts", {
        calls: Array.from({ length: count }, () => ({ method: "GET", url })),
        headers: createCallHeaders(sandbox),
        perSecond,
      });
      const { reads, lastUseWrites } = ground.database.takeUse();
      const hitRate = 1 - reads / count;
      return [
        {
          name: NAME,
          what: `hit rate at ${perSecond} requests/s on one sandbox, one location`,
          figure: `≥ ${FIGURE}`,
          measured: hitRate.toFixed(4),
          baseline: null,
          isReached: judge(ground.effort, hitRate >= FIGURE),
          note:
            `${reads} database reads for ${count} requests in ${hitRateSeconds} s of real time, ` +
            `the first included; ${lastUseWrites} writes of the last use`,
          numbers: { hitRate, databaseReads: reads, lastUseWrites, requests: count },
        },
      ];
    } finally {
      await runtime.stop();
    }
  },
};

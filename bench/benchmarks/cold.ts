import { fetchThroughEgress } from "../../local/client.ts";
import type { Benchmark } from "../benchmark.ts";
import type { Ground } from "../ground/ground.ts";
import { createOneSecretSandbox } from "../ground/sandboxes.ts";

const NAME = "cold-sandbox";
const REQUESTS = 10;
const AT_ONCE = 16;

type Counts = { databaseReads: number; kvReads: number; signatureChecks: number };

/** What the first requests of a sandbox cost that the egress has never seen. */
export const COLD: Benchmark = {
  rows: [NAME],

  async run(ground) {
    const runtime = await ground.startRuntime(["counting"]);
    try {
      const origin = runtime.getOrigin("counting");
      const counts: Counts[] = [];
      for (let index = 0; index < ground.effort.coldSandboxes; index++) {
        counts.push(await countCold(ground, origin, REQUESTS, 1));
      }
      const atOnce = await countCold(ground, origin, AT_ONCE, AT_ONCE);
      const costliest = getHighest(counts);
      return [
        {
          name: NAME,
          what: "cold sandbox: database reads, KV reads, signature checks",
          figure: "exactly 1, 1, 1",
          measured: describe(costliest),
          baseline: null,
          isReached: describe(costliest) === "1, 1, 1",
          note:
            `the most of ${counts.length} sandboxes, each with ${REQUESTS} requests one after the ` +
            `other; ${AT_ONCE} requests at once on another one: ${describe(atOnce)}`,
          numbers: costliest,
        },
      ];
    } finally {
      await runtime.stop();
    }
  },
};

async function countCold(
  ground: Ground,
  origin: string,
  requests: number,
  atOnce: number,
): Promise<Counts> {
  const made = await createOneSecretSandbox(ground.local);
  const sandbox = { ...made, egress: { ...made.egress, url: origin } };
  ground.database.takeUse();
  ground.kv.takeReads();
  const checksBefore = await readSignatureChecks(origin);
  const call = async () => {
    const headers = { Authorization: `Bearer ${sandbox.env["KEY"]}` };
    const target = `http://${ground.upstream}/json`;
    const answer = await fetchThroughEgress(sandbox, target, { headers });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`the egress answered ${answer.status}`);
  };
  for (let sent = 0; sent < requests; sent += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, call));
  }
  return {
    databaseReads: ground.database.takeUse().reads,
    kvReads: ground.kv.takeReads(),
    signatureChecks: (await readSignatureChecks(origin)) - checksBefore,
  };
}

async function readSignatureChecks(origin: string): Promise<number> {
  const answer = await fetch(`${origin}/signature-checks`);
  return (await answer.json()) as number;
}

function getHighest(counts: readonly Counts[]): Counts {
  const highest = (read: (one: Counts) => number) => Math.max(...counts.map(read));
  return {
    databaseReads: highest(({ databaseReads }) => databaseReads),
    kvReads: highest(({ kvReads }) => kvReads),
    signatureChecks: highest(({ signatureChecks }) => signatureChecks),
  };
}

function describe({ databaseReads, kvReads, signatureChecks }: Counts): string {
  return `${databaseReads}, ${kvReads}, ${signatureChecks}`;
}

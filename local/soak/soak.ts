import type { Stack } from "../stack.ts";
import { createSubject, makeChanges } from "./changes.ts";
import type { DatabaseProxy } from "./database-proxy.ts";
import { checkAudit, checkValues, type LastArrivals, sendHeader } from "./final-check.ts";
import type { LedgerSecret } from "./ledger.ts";
import { measureGroup } from "./memory.ts";
import type { SoakOptions } from "./options.ts";
import { playPhases } from "./phases.ts";
import type { Random } from "./random.ts";
import type { SoakResult } from "./table.ts";
import { createPhase, summarize } from "./tally.ts";
import { createTraffic } from "./traffic.ts";
import { startUpstream } from "./upstream.ts";
import { noteWrong, type World } from "./world.ts";

const SUBJECTS = 20;
const CHANGERS = 4;
const PARTS = ["database", "api", "egress"] as const;

/** Runs a soak on a running stack and gives all that it found. Throws where it is interrupted. */
export async function runSoak(
  stack: Stack,
  proxy: DatabaseProxy,
  random: Random,
  options: SoakOptions,
  signal: AbortSignal,
): Promise<SoakResult> {
  const world = createWorld(stack, random);
  const traffic = createTraffic(world);
  const upstream = await startUpstream(traffic.judge);
  try {
    while (world.subjects.length < SUBJECTS) {
      if ((await createSubject(world)) === null) throw new Error("The soak cannot begin.");
    }
    const start = await measureMemory(stack);
    const busy = new Set<LedgerSecret>();
    const load = [
      ...Array.from({ length: options.concurrency }, () => traffic.send(upstream.port)),
      ...Array.from({ length: CHANGERS }, () => makeChanges(world, busy)),
    ];
    const phases = await playPhases({ world, stack, proxy, signal }, options.seconds).finally(
      () => {
        world.isOver = true;
      },
    );
    await Promise.all(load);
    const end = await measureMemory(stack);
    world.phase = createPhase("at the end", false);
    await checkFinalValues(world);
    const auditRows = await checkAudit(world);
    return {
      ...{ seconds: options.seconds, concurrency: options.concurrency, seed: options.seed },
      phases: phases.map(summarize),
      changesAnswered: world.answered.length,
      auditRows,
      memory: Object.fromEntries(
        Object.entries(end).map(([part, mib]) => [part, { start: start[part] ?? {}, end: mib }]),
      ),
      wrong: world.wrong,
    };
  } finally {
    await upstream.close();
  }
}

function createWorld(stack: Stack, random: Random): World {
  return {
    local: stack.details,
    random,
    phase: createPhase("before", false),
    hasUpstreamFaults: false,
    isWorkerDown: false,
    subjects: [],
    answered: [],
    wrong: [],
    isOver: false,
  };
}

async function checkFinalValues(world: World): Promise<void> {
  const last: LastArrivals = new Map();
  const upstream = await startUpstream(({ id, slot }) => last.set(id, slot));
  let count = 0;
  try {
    if (world.subjects.length === 0) noteWrong(world, "nothing is left");
    await checkValues(world, (subject) => sendHeader(subject, upstream.port, count++, last));
  } finally {
    await upstream.close();
  }
}

async function measureMemory(stack: Stack): Promise<Record<string, Record<string, number>>> {
  const groups = await Promise.all(
    PARTS.map(async (part) => [part, await measureGroup(stack.getPid(part))] as const),
  );
  const own = { node: Math.round(process.memoryUsage.rss() / 2 ** 20) };
  return { ...Object.fromEntries(groups), "the soak itself": own };
}

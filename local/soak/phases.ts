import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "../stack.ts";
import type { DatabaseProxy } from "./database-proxy.ts";
import { BOUND_MS } from "./ledger.ts";
import { createPhase, measureOutage, type Phase } from "./tally.ts";
import type { World } from "./world.ts";

const POLL_MS = 100;
const QUIET_MS = 2_000;

/** What phases act upon. */
export type Stage = { world: World; stack: Stack; proxy: DatabaseProxy; signal: AbortSignal };
type PhasePlan = {
  name: string;
  /** Whether requests may fail because of it: upstreams that fail are not the service's failures. */
  mayFail: boolean;
  /** Of the 120 parts of a soak. */
  share: number;
  begin(stage: Stage): unknown;
  end?(stage: Stage): unknown;
};

const PLANS: readonly PhasePlan[] = [
  { name: "no fault", mayFail: false, share: 12, begin: () => {} },
  {
    name: "database killed",
    mayFail: true,
    share: 12,
    begin: ({ stack }) => process.kill(stack.getPid("database"), "SIGKILL"),
    end: ({ stack }) => stack.restart("database"),
  },
  {
    name: "database frozen",
    mayFail: true,
    share: 20,
    begin: ({ stack }) => process.kill(stack.getPid("database"), "SIGSTOP"),
    end: ({ stack }) => process.kill(stack.getPid("database"), "SIGCONT"),
  },
  {
    name: "database answers errors",
    mayFail: true,
    share: 12,
    begin: ({ proxy }) => proxy.setFault("errors"),
    end: ({ proxy }) => proxy.setFault("none"),
  },
  {
    name: "database slow by 3 s",
    mayFail: true,
    share: 12,
    begin: ({ proxy }) => proxy.setFault("slow"),
    end: ({ proxy }) => proxy.setFault("none"),
  },
  {
    name: "upstreams fail",
    mayFail: false,
    share: 12,
    begin: ({ world }) => {
      world.hasUpstreamFaults = true;
    },
    end: ({ world }) => {
      world.hasUpstreamFaults = false;
    },
  },
  {
    name: "egress restarted",
    mayFail: true,
    share: 0,
    begin: async ({ world, stack }) => {
      world.isWorkerDown = true;
      await stack.restart("egress");
    },
    end: ({ world }) => {
      world.isWorkerDown = false;
    },
  },
  { name: "no fault again", mayFail: false, share: 10, begin: () => {} },
];

/** Plays one phase after the other, each until the service is back; gives them all. */
export async function playPhases(stage: Stage, seconds: number): Promise<Phase[]> {
  const phases: Phase[] = [];
  for (const plan of PLANS) {
    const phase = createPhase(plan.name, plan.mayFail);
    phases.push(phase);
    stage.world.phase = phase;
    await plan.begin(stage);
    await sleep((plan.share * seconds * 1_000) / 120, null, { signal: stage.signal });
    if (plan.end === undefined) continue;
    await plan.end(stage);
    phase.faultEndedAt = performance.now();
    await waitUntilBack(phase, stage.signal);
  }
  return phases;
}

/** Waits for 2 s without a failure, but no longer than the service may take and these 2 s. */
async function waitUntilBack(phase: Phase, signal: AbortSignal): Promise<void> {
  const endedAt = phase.faultEndedAt ?? 0;
  for (;;) {
    await sleep(POLL_MS, null, { signal });
    const backForMs = performance.now() - endedAt - (measureOutage(phase) ?? 0);
    const isBack = phase.endings.some(({ isFailure, since }) => !isFailure && since > endedAt);
    if (isBack && backForMs >= QUIET_MS) return;
    if (performance.now() - endedAt > BOUND_MS + QUIET_MS) return;
  }
}

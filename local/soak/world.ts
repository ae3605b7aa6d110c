import type { Sandbox } from "../client.ts";
import type { LocalDetails } from "../state.ts";
import type { LedgerSecret } from "./ledger.ts";
import type { Random } from "./random.ts";
import type { Ending, Phase } from "./tally.ts";

/** A sandbox with one secret of its own. */
export type Subject = { secret: LedgerSecret; sandbox: Sandbox };
/** A change that the API has answered with success: what the audit log must hold. */
export type AnsweredChange = { action: "create" | "update" | "delete"; targetId: string };

/** What all parts of a soak share. */
export type World = {
  local: LocalDetails;
  random: Random;
  phase: Phase;
  /** Whether upstreams fail now. */
  hasUpstreamFaults: boolean;
  /** Whether a Worker is not there: then connections to it may be lost. */
  isWorkerDown: boolean;
  subjects: Subject[];
  answered: AnsweredChange[];
  /** What must never be, each with the phase in which it was seen. */
  wrong: string[];
  isOver: boolean;
};

/** Notes what must never be. */
export function noteWrong(world: World, what: string): void {
  world.wrong.push(`${world.phase.name}: ${what}`);
}

/**
 * Notes how a request ended that began in `begunIn`. A failure is of the fault that it met: of a later
 * phase, where it began before the fault or was lost because a Worker is stopped. Where no fault
 * excuses it, it must never be.
 */
export function noteEnding(world: World, begunIn: Phase, what: string, ending: Ending): void {
  const isLater = ending.isFailure && (!begunIn.mayFail || world.isWorkerDown);
  const owner = isLater ? world.phase : begunIn;
  owner.endings.push(ending);
  if (ending.isFailure && !owner.mayFail) {
    noteWrong(world, `${what}: ${ending.outcome} without a fault`);
  }
}

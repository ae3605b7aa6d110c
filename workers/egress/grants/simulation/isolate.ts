import type { MasterKeys } from "../../../../shared/encryption/master-keys.ts";
import { EgretError } from "../../../../shared/errors.ts";
import { createGrantsCache, type GrantsCache } from "../kv.ts";
import { createSandboxLoader, type LoadContext } from "../load.ts";
import { createContext, enterContext, type RequestContext } from "./context.ts";
import type { Scheduler } from "./scheduler.ts";
import {
  type Content,
  DATABASE_TIMEOUT_MS,
  describeContent,
  ORGANIZATION_ID,
  type SimulatedDatabase,
} from "./simulated-database.ts";

// So that clocks which are behind do not come near zero.
const EPOCH_MS = 1_800_000_000_000;
// Values are never opened here: what counts is which of them would be.
const NO_KEYS: MasterKeys = {
  currentKeyId: "",
  keyIds: [],
  deriveOrganizationKey: async () => null,
};

/** What became of a request, in the simulation's time. */
export type Served = {
  sandboxId: string;
  startedAt: number;
  endedAt: number;
  /** Null where the request was refused, as grants could not be had. */
  content: Content | null;
  /** Whether a read that began after the request failed, or one that it may have joined died. */
  hasExcuse: boolean;
};

/** How a request goes: whether it lives to its answer, and what its clock does. */
export type Fate = {
  /** For how long its clock has stood still, as it does while code runs. */
  lagMs: number;
  /**
   * It gets its answer, or dies right after that with all that it deferred; or, after so many
   * milliseconds, its client leaves or it dies.
   */
  end: "answer" | "answer-then-death" | { leavesAfterMs: number } | { diesAfterMs: number };
};

/** An isolate of the egress Worker with its own memory and clock. */
export type Isolate = {
  request(sandboxId: string, fate: Fate): void;
  setClock(aheadMs: number): void;
  /** Forgets everything, and all that is under way in it never ends. */
  evict(): void;
  /** How many requests wait for their answer. */
  countWaiting(): number;
};

/** Where isolates report to. */
export type Witness = {
  onServed(served: Served): void;
  /** `isSecond` where another of the same isolate and sandbox is under way. */
  onDatabaseRead(isSecond: boolean): void;
  onFutureEntry(): void;
  onFault(what: unknown): void;
};

/** Makes an isolate. `aheadMs` is how far its clock is ahead of true time. */
export function createIsolate(
  scheduler: Scheduler,
  kv: KVNamespace,
  database: SimulatedDatabase,
  witness: Witness,
  aheadMs: number,
): Isolate {
  let ahead = aheadMs;
  const cache = createGrantsCache(kv);
  const watchedCache: GrantsCache = {
    async read(sandboxId) {
      const grants = await cache.read(sandboxId);
      if (grants !== null && grants.readAt > EPOCH_MS + scheduler.now() + ahead) {
        witness.onFutureEntry();
      }
      return grants;
    },
    write: cache.write,
  };
  const createLoader = () => createSandboxLoader(watchedCache, NO_KEYS, DATABASE_TIMEOUT_MS);
  let load = createLoader();
  const contexts = new Set<RequestContext>();
  const waiting = new Set<RequestContext>();
  const reading = new Map<string, RequestContext>();
  const failedReadsBegan: number[] = [];
  const deaths: number[] = [];

  function createLoadContext(context: RequestContext, lagMs: number): LoadContext {
    return {
      now: () => EPOCH_MS + scheduler.now() + ahead - lagMs,
      within: context.within,
      defer: context.defer,
      async readDatabase(identity, readAt) {
        const { sandboxId } = identity;
        witness.onDatabaseRead(reading.get(sandboxId)?.isAlive() ?? false);
        reading.set(sandboxId, context);
        const beganAt = scheduler.now();
        try {
          return await database.read(identity, readAt);
        } catch (error) {
          failedReadsBegan.push(beganAt);
          throw error;
        } finally {
          reading.delete(sandboxId);
        }
      },
    };
  }

  async function findContent(sandboxId: string, context: LoadContext): Promise<Content | null> {
    const identity = { sandboxId, organizationId: ORGANIZATION_ID, expiresAt: Infinity };
    try {
      const sandbox = await load(identity, context);
      return describeContent(sandbox?.grants.grants ?? null);
    } catch (error) {
      const isRefusal = error instanceof EgretError && error.code === "SERVICE_UNAVAILABLE";
      if (!isRefusal) witness.onFault(error);
      return null;
    }
  }

  async function serve(sandboxId: string, context: RequestContext, { lagMs, end }: Fate) {
    const startedAt = scheduler.now();
    const content = await findContent(sandboxId, createLoadContext(context, lagMs));
    // Where the client has left before, nobody is served.
    if (!waiting.delete(context)) return;
    const hasExcuse = [...failedReadsBegan, ...deaths].some((time) => time >= startedAt);
    witness.onServed({ sandboxId, startedAt, endedAt: scheduler.now(), content, hasExcuse });
    if (end === "answer-then-death") context.kill();
    else context.end();
  }

  return {
    request(sandboxId, fate) {
      const context = createContext(scheduler);
      contexts.add(context);
      waiting.add(context);
      planEarlyEnd(fate.end, context);
      void enterContext(context, () => serve(sandboxId, context, fate));
    },
    setClock(aheadMs) {
      ahead = aheadMs;
    },
    evict() {
      for (const context of contexts) context.kill();
      contexts.clear();
      waiting.clear();
      load = createLoader();
    },
    countWaiting: () => waiting.size,
  };

  function planEarlyEnd(end: Fate["end"], context: RequestContext): void {
    if (typeof end === "string") return;
    const isDeath = "diesAfterMs" in end;
    scheduler.after(isDeath ? end.diesAfterMs : end.leavesAfterMs, () => {
      waiting.delete(context);
      if (!isDeath) return context.end();
      context.kill();
      deaths.push(scheduler.now());
    });
  }
}

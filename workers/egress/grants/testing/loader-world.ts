import { parseMasterKeys } from "../../../../shared/encryption/master-keys.ts";
import type { SandboxIdentity } from "../../../../shared/sandbox-token.ts";
import type { SandboxGrants } from "../grants.ts";
import {
  createSandboxLoader,
  KV_READ_TIMEOUT_MS,
  type LoadContext,
  READ_SLACK_MS,
} from "../load.ts";
import { createWithin } from "../within.ts";

const KEYS = parseMasterKeys(
  JSON.stringify({ keys: [{ kty: "oct", kid: "1", k: Buffer.alloc(32).toString("base64url") }] }),
);

/** How long the database may take, in milliseconds. */
export const DATABASE_TIMEOUT_MS = 3_000;

/** By then a read that is still under way has died: its own time-outs are over. */
export const MAX_READ_MS = KV_READ_TIMEOUT_MS + DATABASE_TIMEOUT_MS + READ_SLACK_MS;

/** Whose grants are loaded. */
export const IDENTITY: SandboxIdentity = { sandboxId: "s", organizationId: "o", expiresAt: 1e15 };

/** A loader with a clock, a cache and a database in the test's hands. */
export function createWorld() {
  const world = {
    now: 1_000_000,
    cached: null as SandboxGrants | null,
    written: [] as SandboxGrants[],
    reads: [] as number[],
    readDatabase: async (identity: SandboxIdentity, readAt: number): Promise<SandboxGrants> => {
      return createGrants({ readAt, organizationId: identity.organizationId });
    },
    deferred: [] as Promise<unknown>[],
    timers: [] as { ringsAt: number; ring: () => void }[],
    readCache: async () => world.cached,
    /** Lets time pass: timers ring that are due, and all that follows from them happens. */
    async pass(ms: number) {
      world.now += ms;
      const due = world.timers.filter(({ ringsAt }) => ringsAt <= world.now);
      world.timers = world.timers.filter((timer) => !due.includes(timer));
      for (const { ring } of due) ring();
      await settle();
    },
  };
  const createLoader = () =>
    createSandboxLoader(
      {
        read: () => world.readCache(),
        write: async (_sandboxId, grants) => {
          world.written.push(grants);
        },
      },
      KEYS,
      DATABASE_TIMEOUT_MS,
    );
  const context: LoadContext = {
    now: () => world.now,
    readDatabase: (identity, readAt) => {
      world.reads.push(readAt);
      return world.readDatabase(identity, readAt);
    },
    defer: (work) => world.deferred.push(work),
    within: createWithin((ms, ring) => {
      const timer = { ringsAt: world.now + ms, ring };
      world.timers.push(timer);
      return () => {
        world.timers = world.timers.filter((one) => one !== timer);
      };
    }),
  };
  return { world, context, createLoader };
}

/** Grants of the identity's organization that were read when the clock began. */
export function createGrants(grants: Partial<SandboxGrants> = {}): SandboxGrants {
  const sandbox = { networkBlockAll: false, domainAllowList: null };
  return { readAt: 1_000_000, organizationId: "o", sandbox, grants: [], ...grants };
}

/** Waits until all that can happen without time passing has happened. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

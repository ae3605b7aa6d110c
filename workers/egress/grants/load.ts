import type { MasterKeys } from "../../../shared/encryption/master-keys.ts";
import { EgretError } from "../../../shared/errors.ts";
import type { SandboxIdentity } from "../../../shared/sandbox-token.ts";
import { BoundedMap } from "../bounded-map.ts";
import { isFresh, type SandboxGrants } from "./grants.ts";
import type { GrantsCache } from "./kv.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";

const MAX_SANDBOXES_REMEMBERED = 1000;

/** What one request lends to the loader: its clock, its connection, and work after the answer. */
export type LoadContext = {
  now(): number;
  readDatabase(identity: SandboxIdentity, readAt: number): Promise<SandboxGrants>;
  defer(work: Promise<unknown>): void;
};

/**
 * Gives the sandbox of a verified token with grants that are fresh; null where there is no such
 * sandbox. Throws SERVICE_UNAVAILABLE where fresh grants cannot be had.
 */
export type LoadSandbox = (
  identity: SandboxIdentity,
  context: LoadContext,
) => Promise<Sandbox | null>;

type Remembered = { grants: SandboxGrants; sandbox: Sandbox | null };

/**
 * Makes the loader of one isolate: memory, then KV, then the database, which is asked for a sandbox
 * by one request at a time. All layers keep the database's `readAt`, so that their ages never add
 * up. A failed read is not remembered.
 */
export function createSandboxLoader(cache: GrantsCache, keys: MasterKeys): LoadSandbox {
  const memory = new BoundedMap<string, Remembered>(MAX_SANDBOXES_REMEMBERED);
  const underWay = new Map<string, Promise<SandboxGrants>>();

  function remember(identity: SandboxIdentity, grants: SandboxGrants): Sandbox | null {
    const previous = memory.get(identity.sandboxId) ?? null;
    // Another request may have been faster, with a younger read.
    if (previous !== null && previous.grants.readAt >= grants.readAt) return previous.sandbox;
    const sandbox = createSandbox(grants, keys, previous?.sandbox ?? null);
    memory.set(identity.sandboxId, { grants, sandbox });
    return sandbox;
  }

  function readOnce(identity: SandboxIdentity, context: LoadContext): Promise<SandboxGrants> {
    const { sandboxId } = identity;
    const others = underWay.get(sandboxId);
    if (others !== undefined) return others;
    const reading = readLayers(identity, context, cache).finally(() => underWay.delete(sandboxId));
    underWay.set(sandboxId, reading);
    // The read must end also when the request that began it is broken off: others wait for it.
    context.defer(reading.catch(() => {}));
    return reading;
  }

  return async (identity, context) => {
    const remembered = memory.get(identity.sandboxId);
    if (remembered !== undefined && isUsable(remembered.grants, identity, context.now())) {
      return remembered.sandbox;
    }
    const grants = await readOnce(identity, context);
    if (!isUsable(grants, identity, context.now())) {
      throw new EgretError("SERVICE_UNAVAILABLE", "The sandbox's secrets cannot be loaded", {
        headers: { "Retry-After": "1" },
      });
    }
    return remember(identity, grants);
  };
}

async function readLayers(
  identity: SandboxIdentity,
  context: LoadContext,
  cache: GrantsCache,
): Promise<SandboxGrants> {
  const cached = await cache.read(identity.sandboxId);
  if (cached !== null && isUsable(cached, identity, context.now())) return cached;
  const grants = await context.readDatabase(identity, context.now());
  context.defer(cache.write(identity.sandboxId, grants));
  return grants;
}

function isUsable(grants: SandboxGrants, identity: SandboxIdentity, now: number): boolean {
  return grants.organizationId === identity.organizationId && isFresh(grants, now);
}

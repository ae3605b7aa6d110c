import { translateDatabaseError } from "../../../shared/database/database-error.ts";
import type { MasterKeys } from "../../../shared/encryption/master-keys.ts";
import { EgretError } from "../../../shared/errors.ts";
import type { SandboxIdentity } from "../../../shared/sandbox-token.ts";
import { BoundedMap } from "../bounded-map.ts";
import { isFresh, type SandboxGrants } from "./grants.ts";
import type { GrantsCache } from "./kv.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";

const MAX_SANDBOXES_REMEMBERED = 1000;
// A read that began longer ago may have died with the request that began it: it is not waited for.
const MAX_SHARED_READ_MS = 5_000;

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
type Reading = { startedAt: number; result: Promise<SandboxGrants> };

/**
 * Makes the loader of one isolate: memory, then KV, then the database, which is asked for a sandbox
 * by one request at a time. All layers keep the database's `readAt`, so that their ages never add
 * up. A failed read is not remembered.
 */
export function createSandboxLoader(cache: GrantsCache, keys: MasterKeys): LoadSandbox {
  const memory = new BoundedMap<string, Remembered>(MAX_SANDBOXES_REMEMBERED);
  const underWay = new Map<string, Reading>();

  function remember(key: string, grants: SandboxGrants): Sandbox | null {
    const previous = memory.get(key) ?? null;
    // Another request may have been faster, with a younger read.
    if (previous !== null && previous.grants.readAt >= grants.readAt) return previous.sandbox;
    const sandbox = createSandbox(grants, keys, previous?.sandbox ?? null);
    memory.set(key, { grants, sandbox });
    return sandbox;
  }

  function readOnce(
    key: string,
    identity: SandboxIdentity,
    context: LoadContext,
  ): Promise<SandboxGrants> {
    const startedAt = context.now();
    const others = underWay.get(key);
    if (others !== undefined && startedAt - others.startedAt < MAX_SHARED_READ_MS) {
      return others.result;
    }
    const result = readLayers(identity, context, cache).finally(() => {
      if (underWay.get(key) === reading) underWay.delete(key);
    });
    const reading: Reading = { startedAt, result };
    underWay.set(key, reading);
    // The read must end also when the request that began it is broken off: others wait for it.
    context.defer(result.catch(() => {}));
    return result;
  }

  return async (identity, context) => {
    const key = `${identity.organizationId} ${identity.sandboxId}`;
    const remembered = memory.get(key);
    if (remembered !== undefined && isFresh(remembered.grants, context.now())) {
      return remembered.sandbox;
    }
    const grants = await readOnce(key, identity, context);
    if (!isFresh(grants, context.now())) throw cannotLoad();
    return remember(key, grants);
  };
}

async function readLayers(
  identity: SandboxIdentity,
  context: LoadContext,
  cache: GrantsCache,
): Promise<SandboxGrants> {
  const cached = await cache.read(identity.sandboxId);
  const isOwn = cached?.organizationId === identity.organizationId;
  if (cached !== null && isOwn && isFresh(cached, context.now())) return cached;
  try {
    const grants = await context.readDatabase(identity, context.now());
    context.defer(cache.write(identity.sandboxId, grants));
    return grants;
  } catch (error) {
    throw cannotLoad(translateDatabaseError(error));
  }
}

function cannotLoad(cause?: unknown): EgretError {
  return new EgretError("SERVICE_UNAVAILABLE", "The sandbox's secrets cannot be loaded", {
    headers: { "Retry-After": "1" },
    cause,
  });
}

import { translateDatabaseError } from "../../../shared/database/database-error.ts";
import type { MasterKeys } from "../../../shared/encryption/master-keys.ts";
import type { SandboxIdentity } from "../../../shared/sandbox-token.ts";
import { BoundedMap } from "../bounded-map.ts";
import { isFresh, measureGrants, type SandboxGrants } from "./grants.ts";
import type { GrantsCache } from "./kv.ts";
import { createSandboxPreparer, type Sandbox } from "./sandbox.ts";
import { cannotLoad, createSingleRead } from "./single-read.ts";
import type { Within } from "./within.ts";

const MAX_SANDBOXES_REMEMBERED = 10_000;
// Of the 128 MB that an isolate has.
const MAX_REMEMBERED_BYTES = 32 * 1024 * 1024;
/** How long KV may take; then it is a miss. */
export const KV_READ_TIMEOUT_MS = 1_000;
/** What a read may take beyond its own time-outs; then it has died with the request that began it. */
export const READ_SLACK_MS = 1_000;

/**
 * What one request lends to the loader: its clock, its timers, its connection, and work after the
 * answer.
 */
export type LoadContext = {
  now(): number;
  within: Within;
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
 * by one request at a time and answers or fails within `databaseTimeoutMs`. All layers keep the
 * database's `readAt`, so that their ages never add up. A failed read is not remembered.
 */
export function createSandboxLoader(
  cache: GrantsCache,
  keys: MasterKeys,
  databaseTimeoutMs: number,
): LoadSandbox {
  const prepareSandbox = createSandboxPreparer(keys);
  const memory = new BoundedMap<string, Remembered>({
    maxEntries: MAX_SANDBOXES_REMEMBERED,
    maxBytes: MAX_REMEMBERED_BYTES,
    measure: ({ grants }) => measureGrants(grants),
  });
  const readOnce = createSingleRead(
    (identity, context) => readLayers(identity, context, cache),
    KV_READ_TIMEOUT_MS + databaseTimeoutMs + READ_SLACK_MS,
  );

  function remember(key: string, grants: SandboxGrants, now: number): Sandbox | null {
    const previous = memory.get(key) ?? null;
    if (previous?.grants === grants) return previous.sandbox;
    // Another request may have been faster, with a younger read.
    const isYounger = previous !== null && previous.grants.readAt >= grants.readAt;
    if (isYounger && isFresh(previous.grants, now)) return previous.sandbox;
    const sandbox = prepareSandbox(grants, previous?.sandbox ?? null);
    memory.set(key, { grants, sandbox });
    return sandbox;
  }

  return async (identity, context) => {
    const key = `${identity.organizationId} ${identity.sandboxId}`;
    const remembered = memory.get(key);
    if (remembered !== undefined && isFresh(remembered.grants, context.now())) {
      return remembered.sandbox;
    }
    const grants = await readOnce(key, identity, context);
    return remember(key, grants, context.now());
  };
}

async function readLayers(
  identity: SandboxIdentity,
  context: LoadContext,
  cache: GrantsCache,
): Promise<SandboxGrants> {
  const cached = await context.within(cache.read(identity.sandboxId), KV_READ_TIMEOUT_MS);
  const isOwn = cached?.organizationId === identity.organizationId;
  if (cached !== null && isOwn && isFresh(cached, context.now())) return cached;
  const grants = await readDatabase(identity, context);
  // Judged here, by the clock it was read with, for all who wait for it: theirs may stand still.
  if (!isFresh(grants, context.now())) throw cannotLoad("the read took too long");
  context.defer(cache.write(identity.sandboxId, grants));
  return grants;
}

async function readDatabase(
  identity: SandboxIdentity,
  context: LoadContext,
): Promise<SandboxGrants> {
  try {
    return await context.readDatabase(identity, context.now());
  } catch (error) {
    throw cannotLoad(translateDatabaseError(error));
  }
}

import { EgretError } from "../../../shared/errors.ts";
import type { SandboxIdentity } from "../../../shared/sandbox-token.ts";
import type { SandboxGrants } from "./grants.ts";
import type { LoadContext } from "./load.ts";

const MAX_ATTEMPTS = 2;

/** Reads a sandbox's grants in one request's context, fresh by that request's clock. */
type ReadGrants = (identity: SandboxIdentity, context: LoadContext) => Promise<SandboxGrants>;
type Reading = { startedAt: number; result: Promise<SandboxGrants> };

/**
 * Lets the requests of one isolate share reads: of those that want the same key, one reads and the
 * others wait for it. Throws SERVICE_UNAVAILABLE where there was nothing to be had.
 *
 * What is another request's read may fail for reasons of its own, or never end because that request
 * is gone with all it had begun: after `maxReadMs` it is given up, and one of those who waited
 * reads in its place. Nobody waits for more than two reads.
 */
export function createSingleRead(read: ReadGrants, maxReadMs: number) {
  const underWay = new Map<string, Reading>();

  function startReading(key: string, identity: SandboxIdentity, context: LoadContext): Reading {
    const result = read(identity, context).finally(() => forget(key, reading));
    const reading: Reading = { startedAt: context.now(), result };
    underWay.set(key, reading);
    // The read must end also when the request that began it is broken off: others wait for it.
    context.defer(result.catch(() => {}));
    return reading;
  }

  function forget(key: string, reading: Reading): void {
    if (underWay.get(key) === reading) underWay.delete(key);
  }

  function waitFor({ startedAt, result }: Reading, context: LoadContext) {
    const remainingMs = startedAt + maxReadMs - context.now();
    // A clock that was set back must not make the wait longer.
    return context.within(result, Math.min(Math.max(remainingMs, 0), maxReadMs));
  }

  return async (
    key: string,
    identity: SandboxIdentity,
    context: LoadContext,
  ): Promise<SandboxGrants> => {
    let failure: unknown;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const others = underWay.get(key);
      const reading = others ?? startReading(key, identity, context);
      try {
        const grants = await waitFor(reading, context);
        if (grants !== null) return grants;
      } catch (error) {
        if (others === undefined) throw error;
        failure = error;
      }
      forget(key, reading);
    }
    throw cannotLoad(failure);
  };
}

/** The refusal of a request whose sandbox's grants cannot be had fresh. */
export function cannotLoad(cause?: unknown): EgretError {
  return new EgretError("SERVICE_UNAVAILABLE", "The sandbox's secrets cannot be loaded", {
    headers: { "Retry-After": "1" },
    cause,
  });
}

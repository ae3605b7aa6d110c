import { EgretError } from "../../shared/errors.ts";
import type { SandboxIdentity } from "../../shared/sandbox-token.ts";
import type { Egress } from "./bindings.ts";
import type { Sandbox } from "./grants/sandbox.ts";
import { createWithin } from "./grants/within.ts";

/** A sandbox whose token is valid, with grants that are fresh. */
export type IdentifiedSandbox = { identity: SandboxIdentity; sandbox: Sandbox };

/**
 * Tells which sandbox a token speaks for. Throws SANDBOX_TOKEN_REQUIRED without a valid token of a
 * sandbox that exists, SERVICE_UNAVAILABLE where that cannot be told.
 */
export async function identifySandbox(
  token: string,
  egress: Egress,
  context: ExecutionContext,
): Promise<IdentifiedSandbox> {
  const identity = await egress.verifyToken(token, Date.now());
  if (identity === null) throw tokenRequired();
  const sandbox = await egress.loadSandbox(identity, {
    now: () => Date.now(),
    within: createWithin((ms, ring) => {
      const timer = setTimeout(ring, ms);
      return () => clearTimeout(timer);
    }),
    readDatabase: egress.readDatabase,
    defer: (work) => context.waitUntil(work),
  });
  if (sandbox === null) throw tokenRequired();
  return { identity, sandbox };
}

/** The refusal of a request that no sandbox is known to have made. */
export function tokenRequired(): EgretError {
  return new EgretError("SANDBOX_TOKEN_REQUIRED", "A valid sandbox token is required", {
    headers: { "Proxy-Authenticate": 'Bearer realm="egret", Basic realm="egret"' },
  });
}

import { DEFAULT_SANDBOX_TOKEN_MINUTES } from "../../../../shared/limits.ts";
import type { ServiceContext } from "../context.ts";
import { getSandbox } from "./get.ts";

/** How a sandbox reaches the egress: where it is, and the token that says who it is. */
export type EgressAccess = {
  url: string;
  token: string;
  /** Milliseconds since the epoch, in whole seconds like the token's `exp`. */
  expiresAt: number;
};

/**
 * Issues a fresh token for a sandbox of the organization; earlier ones stay valid until they
 * expire. NOT_FOUND where there is no such sandbox.
 */
export async function issueEgressToken(
  context: ServiceContext,
  idOrName: string,
  ttlMinutes: number | undefined,
): Promise<EgressAccess> {
  const sandbox = await getSandbox(context, idOrName);
  return signEgressAccess(context, sandbox.id, ttlMinutes);
}

/** Signs a token for a sandbox; without `ttlMinutes`, or with 0, it lasts the default time. */
export async function signEgressAccess(
  context: ServiceContext,
  sandboxId: string,
  ttlMinutes: number | undefined,
): Promise<EgressAccess> {
  const { egressUrl, signSandboxToken } = context.settings;
  const lifetimeSeconds = (ttlMinutes || DEFAULT_SANDBOX_TOKEN_MINUTES) * 60;
  const expiresAt = (Math.floor(context.now / 1000) + lifetimeSeconds) * 1000;
  const { organizationId } = context.actor;
  const token = await signSandboxToken({ sandboxId, organizationId, expiresAt }, context.now);
  return { url: egressUrl, token, expiresAt };
}

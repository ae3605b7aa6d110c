import { isApiKey } from "../../../shared/api-key.ts";
import type { Database } from "../../../shared/database/database.ts";
import { EgretError } from "../../../shared/errors.ts";
import type { TokenVerifier } from "../oidc/token-verifier.ts";
import type { Actor, ApiKeyActor } from "../services/actor.ts";
import { authenticateApiKey } from "../services/authenticate-api-key.ts";
import { authenticateUser, type UserIdentity } from "../services/authenticate-user.ts";
import { createOrganizationNotFound } from "../services/organizations/get.ts";

const ORGANIZATION_HEADER = "X-Daytona-Organization-ID";

/** What a request's credential is checked against; no verifier where only API keys are taken. */
export type Authentication = {
  database: Database;
  verifyToken: TokenVerifier | null;
  now: number;
};

/**
 * Tells whose credential a request brings in `Authorization: Bearer` (RFC 6750): an API key's, or a
 * user's who signed in. UNAUTHORIZED without a valid one.
 */
export async function authenticateCaller(
  headers: Headers,
  { database, verifyToken, now }: Authentication,
): Promise<ApiKeyActor | UserIdentity> {
  const credential = readCredential(headers);
  if (verifyToken !== null && !isApiKey(credential) && credential.split(".").length === 3) {
    return verifyToken(credential, now);
  }
  return authenticateApiKey(database, credential, now);
}

/**
 * Tells who a caller acts as in the organization that the path or, where it names none, the header
 * does. NOT_FOUND where a user does not belong to it.
 */
export async function findActor(
  caller: ApiKeyActor | UserIdentity,
  headers: Headers,
  pathOrganizationId: string | undefined,
  database: Database,
): Promise<Actor> {
  if ("kind" in caller) return caller;
  const organizationId = pathOrganizationId ?? headers.get(ORGANIZATION_HEADER);
  if (!organizationId) {
    throw new EgretError("INVALID_REQUEST", `${ORGANIZATION_HEADER}: is required with a token`);
  }
  return authenticateUser(database, caller, organizationId);
}

/**
 * NOT_FOUND where the path names another organization than the actor's; FORBIDDEN where the header
 * names another than an API key's. (A user's header says which, where the path does not.)
 */
export function requireOrganization(
  headers: Headers,
  pathOrganizationId: string | undefined,
  actor: Actor,
): void {
  if (pathOrganizationId !== undefined && pathOrganizationId !== actor.organizationId) {
    throw createOrganizationNotFound();
  }
  const named = headers.get(ORGANIZATION_HEADER);
  if (named === null || named === actor.organizationId || actor.kind === "user") return;
  throw new EgretError("FORBIDDEN", "The API key belongs to another organization");
}

function readCredential(headers: Headers): string {
  const credential = /^Bearer +(\S+)$/i.exec(headers.get("Authorization") ?? "")?.[1];
  if (credential !== undefined) return credential;
  throw new EgretError(
    "UNAUTHORIZED",
    "Authorization: Bearer with an API key or a token is required",
  );
}

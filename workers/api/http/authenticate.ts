import type { Database } from "../../../shared/database/database.ts";
import { EgretError } from "../../../shared/errors.ts";
import type { Actor } from "../services/actor.ts";
import { authenticateApiKey } from "../services/authenticate-api-key.ts";

/**
 * Tells who a request acts for, from `Authorization: Bearer` (RFC 6750). UNAUTHORIZED without a
 * valid credential.
 */
export async function authenticateRequest(
  headers: Headers,
  database: Database,
  now: number,
): Promise<Actor> {
  return authenticateApiKey(database, readCredential(headers), now);
}

/** FORBIDDEN where `X-Daytona-Organization-ID` names another organization than the credential's. */
export function requireOrganization(headers: Headers, actor: Actor): void {
  const organizationId = headers.get("X-Daytona-Organization-ID");
  if (organizationId === null || organizationId === actor.organizationId) return;
  throw new EgretError("FORBIDDEN", "The API key belongs to another organization");
}

function readCredential(headers: Headers): string {
  const credential = /^Bearer +(\S+)$/i.exec(headers.get("Authorization") ?? "")?.[1];
  if (credential !== undefined) return credential;
  throw new EgretError("UNAUTHORIZED", "Authorization: Bearer with an API key is required");
}

import type { Database } from "../../../shared/database/database.ts";
import { EgretError } from "../../../shared/errors.ts";
import type { Actor } from "../services/actor.ts";
import { authenticateApiKey } from "../services/authenticate-api-key.ts";

/**
 * Tells who a request acts for, from `Authorization: Bearer` (RFC 6750) and
 * `X-Daytona-Organization-ID`, which must agree. UNAUTHORIZED without a valid credential,
 * FORBIDDEN for an organization that is not the credential's.
 */
export async function authenticateRequest(
  headers: Headers,
  database: Database,
  now: number,
): Promise<Actor> {
  const actor = await authenticateApiKey(database, readCredential(headers), now);
  const organizationId = headers.get("X-Daytona-Organization-ID");
  if (organizationId !== null && organizationId !== actor.organizationId) {
    throw new EgretError("FORBIDDEN", "The API key belongs to another organization");
  }
  return actor;
}

function readCredential(headers: Headers): string {
  const credential = /^Bearer +(\S+)$/i.exec(headers.get("Authorization") ?? "")?.[1];
  if (credential !== undefined) return credential;
  throw new EgretError("UNAUTHORIZED", "Authorization: Bearer with an API key is required");
}

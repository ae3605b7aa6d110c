import { hashApiKey, isApiKey } from "../../../shared/api-key.ts";
import type { Database } from "../../../shared/database/database.ts";
import { EgretError } from "../../../shared/errors.ts";
import { findApiKeyByHash } from "../store/api-keys.ts";
import { type ApiKeyActor, listPermissions } from "./actor.ts";

/**
 * Tells who an API key acts for. It may do what it was made for, as far as its user may still do
 * that. UNAUTHORIZED, with one message for malformed and unknown keys, where it is not one that is
 * valid at `now` (milliseconds since the epoch).
 */
export async function authenticateApiKey(
  database: Database,
  credential: string,
  now: number,
): Promise<ApiKeyActor> {
  const key = isApiKey(credential)
    ? await findApiKeyByHash(database, await hashApiKey(credential))
    : null;
  if (key === null) throw new EgretError("UNAUTHORIZED", "The API key is not valid");
  if (key.expiresAt !== null && key.expiresAt <= now) {
    throw new EgretError("UNAUTHORIZED", "The API key has expired");
  }
  return {
    kind: "apiKey",
    organizationId: key.organizationId,
    userId: key.userId,
    email: key.email,
    permissions: listPermissions(key).filter((permission) => key.permissions.includes(permission)),
    keyName: key.name,
    keyPrefix: key.prefix,
    keySuffix: key.suffix,
    keyLastUsedAt: key.lastUsedAt,
  };
}

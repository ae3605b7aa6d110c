import { and, asc, eq, type InferSelectModel, type SQL } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { apiKeys, organizationUsers } from "../../../shared/database/schema.ts";
import { ROLE_PERMISSIONS } from "./members.ts";

// Everything but the hash, which only a key's use needs.
const KEY_COLUMNS = {
  userId: apiKeys.userId,
  name: apiKeys.name,
  prefix: apiKeys.prefix,
  suffix: apiKeys.suffix,
  permissions: apiKeys.permissions,
  createdAt: apiKeys.createdAt,
  lastUsedAt: apiKeys.lastUsedAt,
  expiresAt: apiKeys.expiresAt,
};

/** An API key without its hash. */
export type ApiKey = Pick<InferSelectModel<typeof apiKeys>, keyof typeof KEY_COLUMNS>;

/** What an API key is called by within an organization. */
export type ApiKeyName = { userId: string; name: string };

/**
 * Finds an API key by its hash, with what its user is and may do, who must still belong to the
 * organization. The one query that names no organization: the key says which.
 */
export async function findApiKeyByHash(database: Database, hash: string) {
  const [key] = await database
    .select({
      ...KEY_COLUMNS,
      organizationId: apiKeys.organizationId,
      email: organizationUsers.email,
      role: organizationUsers.role,
      rolePermissions: ROLE_PERMISSIONS,
    })
    .from(apiKeys)
    .innerJoin(
      organizationUsers,
      and(
        eq(organizationUsers.organizationId, apiKeys.organizationId),
        eq(organizationUsers.userId, apiKeys.userId),
      ),
    )
    .where(eq(apiKeys.hash, hash));
  return key ?? null;
}

/** Finds an API key of the organization by its user and name. */
export async function findApiKey(
  database: Database,
  organizationId: string,
  name: ApiKeyName,
): Promise<ApiKey | null> {
  const [key] = await database
    .select(KEY_COLUMNS)
    .from(apiKeys)
    .where(isApiKey(organizationId, name));
  return key ?? null;
}

/** Lists an organization's API keys by user and name: those of one user, or (null) of all. */
export async function listApiKeys(
  database: Database,
  organizationId: string,
  userId: string | null,
): Promise<ApiKey[]> {
  return database
    .select(KEY_COLUMNS)
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.organizationId, organizationId),
        userId === null ? undefined : eq(apiKeys.userId, userId),
      ),
    )
    .orderBy(asc(apiKeys.userId), asc(apiKeys.name));
}

/** The condition that a row is this API key of this organization. */
export function isApiKey(organizationId: string, { userId, name }: ApiKeyName): SQL | undefined {
  return and(
    eq(apiKeys.organizationId, organizationId),
    eq(apiKeys.userId, userId),
    eq(apiKeys.name, name),
  );
}

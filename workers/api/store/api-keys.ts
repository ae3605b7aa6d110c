import { and, eq } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { apiKeys, organizationUsers } from "../../../shared/database/schema.ts";

/**
 * Finds an API key by its hash, with the e-mail address of its user, who must still belong to the
 * organization. The one query that names no organization: the key says which.
 */
export async function findApiKeyByHash(database: Database, hash: string) {
  const [key] = await database
    .select({
      organizationId: apiKeys.organizationId,
      userId: apiKeys.userId,
      email: organizationUsers.email,
      name: apiKeys.name,
      prefix: apiKeys.prefix,
      suffix: apiKeys.suffix,
      permissions: apiKeys.permissions,
      expiresAt: apiKeys.expiresAt,
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

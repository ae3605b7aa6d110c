import { eq } from "drizzle-orm";
import { toStoredApiKey } from "../shared/api-key.ts";
import { openDatabase } from "../shared/database/database.ts";
import { apiKeys, organizations, organizationUsers } from "../shared/database/schema.ts";
import { PERMISSIONS } from "../workers/api/permissions.ts";

const DATABASE_TIMEOUT_MS = 10_000;
const OWNER_ID = "local-owner";

/**
 * Creates the first organization with its owner and an API key of all permissions, in one
 * transaction. Returns false, and changes nothing, where the organization exists: a key that was
 * deleted since does not come back.
 */
export async function createFirstOrganization(
  location: { url: string; authToken: string },
  organization: { id: string; apiKey: string },
  now: number,
): Promise<boolean> {
  const database = openDatabase({
    ...location,
    timeoutMs: DATABASE_TIMEOUT_MS,
    fetch: (request, init) => fetch(request, init),
  });
  try {
    const created = { createdAt: now, updatedAt: now };
    const organizationId = organization.id;
    const storedKey = await toStoredApiKey(organization.apiKey);
    return await database.transaction(async (transaction) => {
      const present = await transaction
        .select({ id: organizations.id })
        .from(organizations)
        .where(eq(organizations.id, organizationId));
      if (present.length > 0) return false;
      await transaction
        .insert(organizations)
        .values({ id: organizationId, name: "Local", ...created });
      await transaction.insert(organizationUsers).values({
        organizationId,
        userId: OWNER_ID,
        email: "owner@localhost",
        role: "owner",
        assignedRoleIds: [],
        ...created,
      });
      await transaction.insert(apiKeys).values({
        organizationId,
        userId: OWNER_ID,
        name: "local",
        ...storedKey,
        permissions: [...PERMISSIONS],
        createdAt: now,
      });
      return true;
    });
  } finally {
    database.$client.close();
  }
}

import { asc, eq, type InferSelectModel, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { organizations, organizationUsers } from "../../../shared/database/schema.ts";

// The owner of the longest standing. Wrapped once more, because drizzle takes the tables' names off
// the outer expression's columns.
const FIRST_OWNER_ID = sql<string>`${sql`coalesce((
  select owner.user_id from ${organizationUsers} as owner
  where owner.organization_id = ${organizations.id} and owner.role = 'owner'
  order by owner.created_at, owner.user_id limit 1
), '')`}`;

const ORGANIZATION_COLUMNS = {
  id: organizations.id,
  name: organizations.name,
  createdAt: organizations.createdAt,
  updatedAt: organizations.updatedAt,
  firstOwnerId: FIRST_OWNER_ID,
};

/** An organization and its first owner's id. */
export type Organization = InferSelectModel<typeof organizations> & { firstOwnerId: string };

/** Finds an organization. */
export async function findOrganization(
  database: Database,
  organizationId: string,
): Promise<Organization | null> {
  const [organization] = await database
    .select(ORGANIZATION_COLUMNS)
    .from(organizations)
    .where(eq(organizations.id, organizationId));
  return organization ?? null;
}

/** Lists the organizations that a user belongs to, by their ids. */
export async function listOrganizationsOfUser(
  database: Database,
  userId: string,
): Promise<Organization[]> {
  return database
    .select(ORGANIZATION_COLUMNS)
    .from(organizationUsers)
    .innerJoin(organizations, eq(organizations.id, organizationUsers.organizationId))
    .where(eq(organizationUsers.userId, userId))
    .orderBy(asc(organizationUsers.organizationId));
}

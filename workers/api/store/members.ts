import { and, asc, eq, type InferSelectModel, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { organizationRoles, organizationUsers } from "../../../shared/database/schema.ts";

/** A user of an organization. */
export type Member = InferSelectModel<typeof organizationUsers>;

/**
 * The permissions of all roles that a row of `organization_users` names, for a query on that table.
 * Roles are read with every request and never kept, so that a change counts at once.
 */
export const ROLE_PERMISSIONS = sql`${sql`(
  select json_group_array(permission.value)
  from ${organizationRoles}, json_each(${organizationRoles.permissions}) as permission
  where ${organizationRoles.organizationId} = ${organizationUsers.organizationId}
    and ${organizationRoles.id} in (
      select assigned.value from json_each(${organizationUsers.assignedRoleIds}) as assigned
    )
)`}`.mapWith((json: string): string[] => JSON.parse(json));

/** Finds a user of the organization with the permissions of their roles. */
export async function findMember(
  database: Database,
  organizationId: string,
  userId: string,
): Promise<(Pick<Member, "email" | "role"> & { rolePermissions: string[] }) | null> {
  const [member] = await database
    .select({
      email: organizationUsers.email,
      role: organizationUsers.role,
      rolePermissions: ROLE_PERMISSIONS,
    })
    .from(organizationUsers)
    .where(isMember(organizationId, userId));
  return member ?? null;
}

/** Lists an organization's users, by their ids. */
export async function listMembers(database: Database, organizationId: string): Promise<Member[]> {
  return database
    .select()
    .from(organizationUsers)
    .where(eq(organizationUsers.organizationId, organizationId))
    .orderBy(asc(organizationUsers.userId));
}

/** Counts an organization's users. */
export async function countMembers(database: Database, organizationId: string): Promise<number> {
  return database.$count(organizationUsers, eq(organizationUsers.organizationId, organizationId));
}

/** The condition that a row is this user in this organization. */
export function isMember(organizationId: string, userId: string): SQL | undefined {
  return and(
    eq(organizationUsers.organizationId, organizationId),
    eq(organizationUsers.userId, userId),
  );
}

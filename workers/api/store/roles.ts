import { and, asc, eq, type InferSelectModel, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { organizationRoles } from "../../../shared/database/schema.ts";

/** A role of an organization. */
export type Role = InferSelectModel<typeof organizationRoles>;

/** Lists an organization's roles, by their names. */
export async function listRoles(database: Database, organizationId: string): Promise<Role[]> {
  return database
    .select()
    .from(organizationRoles)
    .where(eq(organizationRoles.organizationId, organizationId))
    .orderBy(asc(organizationRoles.name));
}

/** Finds a role of the organization. */
export async function findRole(
  database: Database,
  organizationId: string,
  id: string,
): Promise<Role | null> {
  const [role] = await database.select().from(organizationRoles).where(isRole(organizationId, id));
  return role ?? null;
}

/** The condition that a row is this role of this organization. */
export function isRole(organizationId: string, id: string): SQL | undefined {
  return and(eq(organizationRoles.organizationId, organizationId), eq(organizationRoles.id, id));
}

/** The condition that every one of these roles exists in the organization. */
export function allRolesExist(organizationId: string, ids: readonly string[]): SQL {
  return sql`not exists (${selectMissingRoles(organizationId, ids)})`;
}

/** Lists those of the ids that no role of the organization has. */
export async function listMissingRoles(
  database: Database,
  organizationId: string,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await database.all<{ id: string }>(selectMissingRoles(organizationId, ids));
  return rows.map((row) => row.id);
}

function selectMissingRoles(organizationId: string, ids: readonly string[]): SQL {
  return sql`
    select assigned.value as id from json_each(${JSON.stringify(ids)}) as assigned
    where not exists (
      select 1 from ${organizationRoles}
      where ${organizationRoles.organizationId} = ${organizationId}
        and ${organizationRoles.id} = assigned.value
    )`;
}

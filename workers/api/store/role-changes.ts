import { and, eq, type InferInsertModel, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { isUniqueViolation } from "../../../shared/database/database-error.ts";
import { organizationRoles, organizationUsers } from "../../../shared/database/schema.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-logs.ts";
import { insertWhere } from "./insert-where.ts";
import { isRole, type Role } from "./roles.ts";

/**
 * Adds a role with its audit entry, unless the organization has one of that name or already keeps
 * `maxRoles`.
 */
export async function insertRoleRow(
  database: Database,
  organizationId: string,
  role: Omit<InferInsertModel<typeof organizationRoles>, "organizationId">,
  maxRoles: number,
  audit: AuditEntry,
): Promise<"inserted" | "duplicate" | "full"> {
  const kept = sql`(
    select count(*) from ${organizationRoles}
    where ${organizationRoles.organizationId} = ${organizationId}
  )`;
  try {
    const [inserted] = await database.batch([
      insertWhere(
        database,
        organizationRoles,
        { ...role, organizationId },
        sql`${kept} < ${maxRoles}`,
      ),
      insertAuditOfChange(database, organizationId, audit),
    ]);
    return inserted.rowsAffected === 1 ? "inserted" : "full";
  } catch (error) {
    // The id is random: only the name can meet a row that exists.
    if (isUniqueViolation(error)) return "duplicate";
    throw error;
  }
}

/** Changes a role with its audit entry; `missing` where the organization has no such role. */
export async function updateRoleRow(
  database: Database,
  organizationId: string,
  id: string,
  changes: Pick<Role, "name" | "description" | "permissions" | "updatedAt">,
  audit: AuditEntry,
): Promise<Role | "duplicate" | "missing"> {
  try {
    const [, , [role]] = await database.batch([
      database.update(organizationRoles).set(changes).where(isRole(organizationId, id)),
      insertAuditOfChange(database, organizationId, audit),
      database.select().from(organizationRoles).where(isRole(organizationId, id)),
    ]);
    return role ?? "missing";
  } catch (error) {
    if (isUniqueViolation(error)) return "duplicate";
    throw error;
  }
}

/**
 * Deletes a role and takes it from everybody who has it, with its audit entry; false where the
 * organization has no such role.
 */
export async function deleteRoleRow(
  database: Database,
  organizationId: string,
  id: string,
  audit: AuditEntry,
): Promise<boolean> {
  const assigned = sql`json_each(${organizationUsers.assignedRoleIds}) as assigned`;
  const [deleted] = await database.batch([
    database.delete(organizationRoles).where(isRole(organizationId, id)),
    insertAuditOfChange(database, organizationId, audit),
    database
      .update(organizationUsers)
      .set({
        assignedRoleIds: sql`(
          select json_group_array(assigned.value) from ${assigned} where assigned.value <> ${id}
        )`,
      })
      .where(
        and(
          eq(organizationUsers.organizationId, organizationId),
          sql`exists (select 1 from ${assigned} where assigned.value = ${id})`,
        ),
      ),
  ]);
  return deleted.rowsAffected === 1;
}

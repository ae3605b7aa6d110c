import { and, eq, not, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { apiKeys, organizationUsers } from "../../../shared/database/schema.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-logs.ts";
import { insertWhere } from "./insert-where.ts";
import { isMember, type Member } from "./members.ts";
import { allRolesExist } from "./roles.ts";

/**
 * Gives a user access to the organization, or changes what they have, with its audit entry. Null,
 * and nothing written, where a role does not exist, where the organization is full, and where it
 * would be left without an owner: judged in the statement itself, so that of two owners who demote
 * each other at once one stays.
 */
export async function upsertMemberRow(
  database: Database,
  member: Member,
  maxMembers: number,
  audit: AuditEntry,
): Promise<Member | null> {
  const { organizationId, userId, role, assignedRoleIds, updatedAt } = member;
  const isThere = sql`exists (
    select 1 from ${organizationUsers} where ${isMember(organizationId, userId)}
  )`;
  const kept = sql`(
    select count(*) from ${organizationUsers}
    where ${organizationUsers.organizationId} = ${organizationId}
  )`;
  const [written, , [stored]] = await database.batch([
    insertWhere(
      database,
      organizationUsers,
      member,
      sql`${allRolesExist(organizationId, assignedRoleIds)}
        and (${isThere} or ${kept} < ${maxMembers})
        and (${role === "owner" ? 1 : 0} or ${hasOtherOwner(organizationId, userId)})`,
    ).onConflictDoUpdate({
      target: [organizationUsers.organizationId, organizationUsers.userId],
      set: { role, assignedRoleIds, updatedAt },
    }),
    insertAuditOfChange(database, organizationId, audit),
    database.select().from(organizationUsers).where(isMember(organizationId, userId)),
  ]);
  return written.rowsAffected === 1 ? (stored ?? null) : null;
}

/**
 * Takes a user and their API keys out of the organization, with its audit entry; false where the
 * organization has no such user, or no other owner.
 */
export async function deleteMemberRow(
  database: Database,
  organizationId: string,
  userId: string,
  audit: AuditEntry,
): Promise<boolean> {
  const isGone = not(sql`exists (
    select 1 from ${organizationUsers} where ${isMember(organizationId, userId)}
  )`);
  const [deleted] = await database.batch([
    database
      .delete(organizationUsers)
      .where(and(isMember(organizationId, userId), hasOtherOwner(organizationId, userId))),
    insertAuditOfChange(database, organizationId, audit),
    // Keys that were left behind would be good again, should the user come back.
    database
      .delete(apiKeys)
      .where(and(eq(apiKeys.organizationId, organizationId), eq(apiKeys.userId, userId), isGone)),
  ]);
  return deleted.rowsAffected === 1;
}

/** Writes down a user's e-mail address. */
export async function updateMemberEmail(
  database: Database,
  organizationId: string,
  userId: string,
  email: string,
): Promise<void> {
  await database.update(organizationUsers).set({ email }).where(isMember(organizationId, userId));
}

function hasOtherOwner(organizationId: string, userId: string): SQL {
  return sql`exists (
    select 1 from ${organizationUsers} as owner
    where owner.organization_id = ${organizationId}
      and owner.user_id <> ${userId} and owner.role = 'owner'
  )`;
}

import { EgretError } from "../../../../shared/errors.ts";
import { deleteMemberRow } from "../../store/member-changes.ts";
import { findMember } from "../../store/members.ts";
import { createAuditEntry } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";
import { createLastOwnerConflict } from "./update-access.ts";

/**
 * Takes a user out of the organization and deletes their API keys there. NOT_FOUND where the
 * organization has no such user, CONFLICT where no owner would be left.
 */
export async function removeMember(context: ServiceContext, userId: string): Promise<void> {
  const { database, actor } = context;
  const member = await findMember(database, actor.organizationId, userId);
  if (member === null) throw createMemberNotFound();
  const isDeleted = await deleteMemberRow(
    database,
    actor.organizationId,
    userId,
    createAuditEntry(context, {
      action: "delete",
      targetType: "organization_user",
      targetId: userId,
      statusCode: 204,
      metadata: { email: member.email, role: member.role },
    }),
  );
  if (isDeleted) return;
  const isStillThere = (await findMember(database, actor.organizationId, userId)) !== null;
  throw isStillThere ? createLastOwnerConflict() : createMemberNotFound();
}

function createMemberNotFound(): EgretError {
  return new EgretError("NOT_FOUND", "The organization has no such user");
}

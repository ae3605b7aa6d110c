import { EgretError } from "../../../../shared/errors.ts";
import { MAX_USER_ID_LENGTH, MAX_USERS_PER_ORGANIZATION } from "../../../../shared/limits.ts";
import { upsertMemberRow } from "../../store/member-changes.ts";
import { countMembers, findMember } from "../../store/members.ts";
import { listMissingRoles, listRoles } from "../../store/roles.ts";
import type { MemberRole } from "../actor.ts";
import { createAuditEntry } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";
import { type MemberWithRoles, withRoles } from "./list.ts";

export type AccessInput = { role: MemberRole; assignedRoleIds: string[] };

/**
 * Says what a user may do in the organization, from their next request on; a user who is not in it
 * comes in by this, under the id that the issuer knows them by. INVALID_REQUEST where a role does
 * not exist, CONFLICT where no owner would be left, LIMIT_EXCEEDED where the organization is full.
 */
export async function updateAccess(
  context: ServiceContext,
  userId: string,
  { role, assignedRoleIds }: AccessInput,
): Promise<MemberWithRoles> {
  const { database, actor, now } = context;
  if (userId.length > MAX_USER_ID_LENGTH) {
    throw new EgretError(
      "INVALID_REQUEST",
      `userId: is longer than ${MAX_USER_ID_LENGTH} characters`,
    );
  }
  const member = await upsertMemberRow(
    database,
    {
      organizationId: actor.organizationId,
      userId,
      // Of a new user it is not known before they come.
      email: "",
      role,
      assignedRoleIds,
      createdAt: now,
      updatedAt: now,
    },
    MAX_USERS_PER_ORGANIZATION,
    createAuditEntry(context, {
      action: "update_access",
      targetType: "organization_user",
      targetId: userId,
      statusCode: 200,
      metadata: { role, assignedRoleIds },
    }),
  );
  if (member === null) throw await findFault(context, userId, assignedRoleIds);
  return withRoles(member, await listRoles(database, actor.organizationId));
}

/** The answer where nobody else is an owner. */
export function createLastOwnerConflict(): EgretError {
  return new EgretError("CONFLICT", "The organization must keep at least one owner");
}

async function findFault(
  { database, actor: { organizationId } }: ServiceContext,
  userId: string,
  assignedRoleIds: string[],
): Promise<EgretError> {
  const [missing] = await listMissingRoles(database, organizationId, assignedRoleIds);
  if (missing !== undefined) {
    return new EgretError("INVALID_REQUEST", `assignedRoleIds: there is no role ${missing}`);
  }
  const isThere = (await findMember(database, organizationId, userId)) !== null;
  if (!isThere && (await countMembers(database, organizationId)) >= MAX_USERS_PER_ORGANIZATION) {
    return new EgretError(
      "LIMIT_EXCEEDED",
      `An organization has ${MAX_USERS_PER_ORGANIZATION} users at most`,
    );
  }
  return createLastOwnerConflict();
}

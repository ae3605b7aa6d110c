import { listMembers, type Member } from "../../store/members.ts";
import { listRoles, type Role } from "../../store/roles.ts";
import type { ServiceContext } from "../context.ts";

/** A user of an organization with the roles they are assigned. */
export type MemberWithRoles = Member & { assignedRoles: Role[] };

/** Lists the organization's users with their roles. */
export async function listAllMembers(context: ServiceContext): Promise<MemberWithRoles[]> {
  const { database, actor } = context;
  const [members, roles] = await Promise.all([
    listMembers(database, actor.organizationId),
    listRoles(database, actor.organizationId),
  ]);
  return members.map((member) => withRoles(member, roles));
}

/** Adds to a user the roles they are assigned, of all that the organization has. */
export function withRoles(member: Member, roles: readonly Role[]): MemberWithRoles {
  return {
    ...member,
    assignedRoles: roles.filter(({ id }) => member.assignedRoleIds.includes(id)),
  };
}

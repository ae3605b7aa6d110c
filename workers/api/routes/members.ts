import { listAllMembers, type MemberWithRoles } from "../services/members/list.ts";
import { removeMember } from "../services/members/remove.ts";
import { updateAccess } from "../services/members/update-access.ts";
import { AccessBody } from "./organization-schemas.ts";
import { renderTime } from "./render-time.ts";
import { renderRole } from "./roles.ts";
import { defineRoute } from "./route.ts";

export const MEMBER_ROUTES = [
  defineRoute("GET /organizations/:organizationId/users", { status: 200 }, async ({ context }) =>
    (await listAllMembers(context)).map(renderMember),
  ),

  defineRoute(
    "POST /organizations/:organizationId/users/:userId/access",
    { status: 200, body: AccessBody },
    async ({ context, parameters, body }) =>
      renderMember(await updateAccess(context, parameters.userId, body)),
  ),

  defineRoute(
    "DELETE /organizations/:organizationId/users/:userId",
    { status: 204 },
    ({ context, parameters }) => removeMember(context, parameters.userId),
  ),
];

function renderMember(member: MemberWithRoles) {
  return {
    userId: member.userId,
    organizationId: member.organizationId,
    // The issuer keeps people's names; the address is what is known here.
    name: member.email || member.userId,
    email: member.email,
    role: member.role,
    assignedRoles: member.assignedRoles.map(renderRole),
    createdAt: renderTime(member.createdAt),
    updatedAt: renderTime(member.updatedAt),
  };
}

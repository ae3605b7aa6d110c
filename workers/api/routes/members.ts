import { z } from "zod";
import { listAllMembers, type MemberWithRoles } from "../services/members/list.ts";
import { removeMember } from "../services/members/remove.ts";
import { updateAccess } from "../services/members/update-access.ts";
import { MemberAnswer } from "./organization-answers.ts";
import { AccessBody } from "./organization-schemas.ts";
import { renderTime } from "./render-time.ts";
import { renderRole } from "./roles.ts";
import { defineRoute } from "./route.ts";

export const MEMBER_ROUTES = [
  defineRoute(
    "GET /organizations/:organizationId/users",
    {
      operationId: "listUsers",
      summary: "List the organization's users",
      status: 200,
      response: z.array(MemberAnswer),
    },
    async ({ context }) => (await listAllMembers(context)).map(renderMember),
  ),

  defineRoute(
    "POST /organizations/:organizationId/users/:userId/access",
    {
      operationId: "updateUserAccess",
      summary: "Set a user's role and roles",
      description:
        "Adds the user where the organization has none of that id. In force on their next request.",
      status: 200,
      body: AccessBody,
      response: MemberAnswer,
      conflict: "The last owner must stay one",
    },
    async ({ context, parameters, body }) =>
      renderMember(await updateAccess(context, parameters.userId, body)),
  ),

  defineRoute(
    "DELETE /organizations/:organizationId/users/:userId",
    {
      operationId: "removeUser",
      summary: "Remove a user",
      status: 204,
      conflict: "The last owner must stay",
    },
    ({ context, parameters }) => removeMember(context, parameters.userId),
  ),
];

function renderMember(member: MemberWithRoles): z.output<typeof MemberAnswer> {
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

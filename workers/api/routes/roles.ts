import { z } from "zod";
import { createRole } from "../services/roles/create.ts";
import { deleteRole } from "../services/roles/delete.ts";
import { listAllRoles, type Role } from "../services/roles/list.ts";
import { updateRole } from "../services/roles/update.ts";
import { RoleAnswer } from "./organization-answers.ts";
import { RoleBody } from "./organization-schemas.ts";
import { renderTime } from "./render-time.ts";
import { defineRoute } from "./route.ts";

export const ROLE_ROUTES = [
  defineRoute(
    "GET /organizations/:organizationId/roles",
    {
      operationId: "listRoles",
      summary: "List roles",
      status: 200,
      response: z.array(RoleAnswer),
    },
    async ({ context }) => (await listAllRoles(context)).map(renderRole),
  ),

  defineRoute(
    "POST /organizations/:organizationId/roles",
    {
      operationId: "createRole",
      summary: "Create a role",
      status: 201,
      body: RoleBody,
      response: RoleAnswer,
      conflict: "The organization has a role of that name",
    },
    async ({ context, body }) => renderRole(await createRole(context, body)),
  ),

  defineRoute(
    "PUT /organizations/:organizationId/roles/:roleId",
    {
      operationId: "updateRole",
      summary: "Update a role",
      description: "In force on the next request of those who have it.",
      status: 200,
      body: RoleBody,
      response: RoleAnswer,
      conflict: "The organization has another role of that name",
    },
    async ({ context, parameters, body }) =>
      renderRole(await updateRole(context, parameters.roleId, body)),
  ),

  defineRoute(
    "DELETE /organizations/:organizationId/roles/:roleId",
    {
      operationId: "deleteRole",
      summary: "Delete a role",
      description: "Takes it from everybody who has it.",
      status: 204,
    },
    ({ context, parameters }) => deleteRole(context, parameters.roleId),
  ),
];

/** Renders a role as the API shows it, alone and with the users who have it. */
export function renderRole(role: Role): z.output<typeof RoleAnswer> {
  return {
    id: role.id,
    name: role.name,
    description: role.description,
    permissions: role.permissions,
    isGlobal: false,
    createdAt: renderTime(role.createdAt),
    updatedAt: renderTime(role.updatedAt),
  };
}

import { createRole } from "../services/roles/create.ts";
import { deleteRole } from "../services/roles/delete.ts";
import { listAllRoles, type Role } from "../services/roles/list.ts";
import { updateRole } from "../services/roles/update.ts";
import { RoleBody } from "./organization-schemas.ts";
import { renderTime } from "./render-time.ts";
import { defineRoute } from "./route.ts";

export const ROLE_ROUTES = [
  defineRoute("GET /organizations/:organizationId/roles", { status: 200 }, async ({ context }) =>
    (await listAllRoles(context)).map(renderRole),
  ),

  defineRoute(
    "POST /organizations/:organizationId/roles",
    { status: 201, body: RoleBody },
    async ({ context, body }) => renderRole(await createRole(context, body)),
  ),

  defineRoute(
    "PUT /organizations/:organizationId/roles/:roleId",
    { status: 200, body: RoleBody },
    async ({ context, parameters, body }) =>
      renderRole(await updateRole(context, parameters.roleId, body)),
  ),

  defineRoute(
    "DELETE /organizations/:organizationId/roles/:roleId",
    { status: 204 },
    ({ context, parameters }) => deleteRole(context, parameters.roleId),
  ),
];

/** Renders a role as the API shows it, alone and with the users who have it. */
export function renderRole(role: Role) {
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

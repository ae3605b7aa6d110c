import { updateRoleRow } from "../../store/role-changes.ts";
import type { Role } from "../../store/roles.ts";
import { createAuditEntry } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";
import { createRoleConflict, type RoleInput } from "./create.ts";
import { createRoleNotFound, getRole } from "./get.ts";

/**
 * Puts other contents into a role, which count for everybody who has it from the next request on.
 * NOT_FOUND where the organization has none of that id, CONFLICT where another has that name.
 */
export async function updateRole(
  context: ServiceContext,
  id: string,
  input: RoleInput,
): Promise<Role> {
  const { updatedAt } = await getRole(context, id);
  const role = await updateRoleRow(
    context.database,
    context.actor.organizationId,
    id,
    // Never backwards, should a clock be.
    { ...input, updatedAt: Math.max(context.now, updatedAt) },
    createAuditEntry(context, {
      action: "update",
      targetType: "organization_role",
      targetId: id,
      statusCode: 200,
      metadata: { ...input },
    }),
  );
  if (role === "duplicate") throw createRoleConflict(input.name);
  if (role === "missing") throw createRoleNotFound();
  return role;
}

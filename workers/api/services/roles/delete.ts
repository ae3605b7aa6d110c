import { deleteRoleRow } from "../../store/role-changes.ts";
import { createAuditEntry } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";
import { createRoleNotFound, getRole } from "./get.ts";

/**
 * Deletes a role and takes it from everybody who has it. NOT_FOUND where the organization has none
 * of that id.
 */
export async function deleteRole(context: ServiceContext, id: string): Promise<void> {
  const role = await getRole(context, id);
  const isDeleted = await deleteRoleRow(
    context.database,
    context.actor.organizationId,
    id,
    createAuditEntry(context, {
      action: "delete",
      targetType: "organization_role",
      targetId: id,
      statusCode: 204,
      metadata: { name: role.name },
    }),
  );
  if (!isDeleted) throw createRoleNotFound();
}

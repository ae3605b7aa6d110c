import { EgretError } from "../../../../shared/errors.ts";
import { findRole, type Role } from "../../store/roles.ts";
import type { ServiceContext } from "../context.ts";

/** Gives a role. NOT_FOUND where the organization has none of that id. */
export async function getRole(context: ServiceContext, id: string): Promise<Role> {
  const role = await findRole(context.database, context.actor.organizationId, id);
  if (role === null) throw createRoleNotFound();
  return role;
}

/** The one answer for a role that does not exist and for one of another organization. */
export function createRoleNotFound(): EgretError {
  return new EgretError("NOT_FOUND", "The role does not exist");
}

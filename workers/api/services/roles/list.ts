import { listRoles, type Role } from "../../store/roles.ts";
import type { ServiceContext } from "../context.ts";

export type { Role };

/** Lists the organization's roles. None is global: each organization makes its own. */
export async function listAllRoles({ database, actor }: ServiceContext): Promise<Role[]> {
  return listRoles(database, actor.organizationId);
}

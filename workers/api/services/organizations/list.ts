import type { Database } from "../../../../shared/database/database.ts";
import {
  findOrganization,
  listOrganizationsOfUser,
  type Organization,
} from "../../store/organizations.ts";
import type { Actor } from "../actor.ts";
import type { UserIdentity } from "../authenticate-user.ts";

/** Lists the organizations a credential opens: those of a user, or the one of an API key. */
export async function listOrganizations(
  database: Database,
  caller: Actor | UserIdentity,
): Promise<Organization[]> {
  if (!("organizationId" in caller)) return listOrganizationsOfUser(database, caller.userId);
  const organization = await findOrganization(database, caller.organizationId);
  return organization === null ? [] : [organization];
}

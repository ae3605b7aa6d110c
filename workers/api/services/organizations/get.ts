import { EgretError } from "../../../../shared/errors.ts";
import { findOrganization, type Organization } from "../../store/organizations.ts";
import type { ServiceContext } from "../context.ts";

export type { Organization };

/** Gives the actor's organization. */
export async function getOrganization({ database, actor }: ServiceContext): Promise<Organization> {
  const organization = await findOrganization(database, actor.organizationId);
  if (organization === null) throw createOrganizationNotFound();
  return organization;
}

/** The one answer for an organization that does not exist and for one that is not the caller's. */
export function createOrganizationNotFound(): EgretError {
  return new EgretError("NOT_FOUND", "The organization does not exist");
}

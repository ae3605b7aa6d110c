import type { Database } from "../../../shared/database/database.ts";
import { isStorableText } from "../../../shared/text.ts";
import { findMember } from "../store/members.ts";
import { listPermissions, type UserActor } from "./actor.ts";
import { createOrganizationNotFound } from "./organizations/get.ts";

/** A user as a token of the issuer names them: `sub`, and the e-mail address if the issuer vouches for one. */
export type UserIdentity = { userId: string; email: string | null };

/**
 * Tells who a signed-in user acts as in an organization, with the permissions of this moment.
 * NOT_FOUND, alike, where the organization does not exist and where the user is not in it.
 */
export async function authenticateUser(
  database: Database,
  { userId, email }: UserIdentity,
  organizationId: string,
): Promise<UserActor> {
  const member = isStorableText(organizationId)
    ? await findMember(database, organizationId, userId)
    : null;
  if (member === null) throw createOrganizationNotFound();
  return {
    kind: "user",
    organizationId,
    userId,
    email: email ?? member.email,
    permissions: listPermissions(member),
    role: member.role,
    knownEmail: member.email,
  };
}

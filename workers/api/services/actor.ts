import { PERMISSIONS, type Permission } from "../permissions.ts";

/** Who a request acts for, and in which organization. A kind of credential is a kind of actor. */
export type Actor = ApiKeyActor | UserActor;

type Member = {
  organizationId: string;
  userId: string;
  email: string;
  /** What the actor may do now; a role that changes counts from the next request on. */
  permissions: readonly Permission[];
};

/** An API key, which acts for the user it belongs to. */
export type ApiKeyActor = Member & {
  kind: "apiKey";
  keyName: string;
  keyPrefix: string;
  keySuffix: string;
  keyLastUsedAt: number | null;
};

/** A user who signs in with a token of the issuer. */
export type UserActor = Member & {
  kind: "user";
  role: MemberRole;
  /** The e-mail address that the organization has written down. */
  knownEmail: string;
};

/** What a user is in an organization: owners hold every permission, members those of their roles. */
export type MemberRole = "owner" | "member";

/** Whether the actor holds a permission in its organization. */
export function holdsPermission(actor: Actor, permission: Permission): boolean {
  return actor.permissions.includes(permission);
}

/** Whether the actor is an owner who signs in: an API key never speaks with an owner's whole power. */
export function isOwner(actor: Actor): boolean {
  return actor.kind === "user" && actor.role === "owner";
}

/** Lists the permissions of a user. Whatever is no permission of the closed list counts for nothing. */
export function listPermissions(member: {
  role: MemberRole;
  rolePermissions: readonly string[];
}): Permission[] {
  if (member.role === "owner") return [...PERMISSIONS];
  return PERMISSIONS.filter((permission) => member.rolePermissions.includes(permission));
}

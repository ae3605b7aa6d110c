import type { Permission } from "../permissions.ts";

/** Who a request acts for, and in which organization. A kind of credential is a kind of actor. */
export type Actor = ApiKeyActor;

/** An API key and the user it belongs to. */
export type ApiKeyActor = {
  kind: "apiKey";
  organizationId: string;
  userId: string;
  email: string;
  permissions: readonly string[];
  keyName: string;
  keyPrefix: string;
  keySuffix: string;
};

/** Whether the actor holds a permission in its organization. */
export function holdsPermission(actor: Actor, permission: Permission): boolean {
  return actor.permissions.includes(permission);
}

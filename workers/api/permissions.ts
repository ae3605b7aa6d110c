/** Every permission an API key or a role can hold: the closed list of Daytona's API. */
export const PERMISSIONS = [
  "write:registries",
  "delete:registries",
  "write:snapshots",
  "delete:snapshots",
  "write:sandboxes",
  "delete:sandboxes",
  "read:volumes",
  "write:volumes",
  "delete:volumes",
  "write:regions",
  "delete:regions",
  "read:runners",
  "write:runners",
  "delete:runners",
  "read:audit_logs",
  "manage:api_keys",
  "manage:secrets",
  "read:limits",
  "manage:sso",
  "read:billing",
  "manage:billing",
] as const;

/** One of the closed list of permissions. */
export type Permission = (typeof PERMISSIONS)[number];

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "ALL";

/**
 * Who may call a route: anyone; anyone with a credential, whatever the organization; any credential
 * of the organization; an owner of it who signs in with a token; or holders of a permission.
 */
export type Access = "public" | "credential" | "member" | "owner" | Permission;

type RouteRule = {
  access: Access;
  /** A user who signs in with a token may do it without the permission: to what is their own. */
  isOpenToUsers?: true;
  /** How the audit log names what it does; on every route that changes something. */
  audit?: { targetType: string; action: string };
};

/**
 * Every route of the API: method and path below `/api`, who may call it and how it is audited.
 * Guards and refused attempts in the audit log are made from this table; a route that is not here
 * cannot be defined.
 */
export const ROUTES = {
  "GET /health": { access: "public" },
  "GET /health/ready": { access: "public" },
  "GET /socket.io": { access: "public" },
  "ALL /toolbox/*": { access: "public" },
  "GET /openapi.json": { access: "public" },
  "GET /docs": { access: "public" },

  "POST /secret": {
    access: "manage:secrets",
    audit: { targetType: "secret", action: "create" },
  },
  "GET /secret": { access: "manage:secrets" },
  "GET /secret/paginated": { access: "manage:secrets" },
  "GET /secret/:secretId": { access: "manage:secrets" },
  "PATCH /secret/:secretId": {
    access: "manage:secrets",
    audit: { targetType: "secret", action: "update" },
  },
  "DELETE /secret/:secretId": {
    access: "manage:secrets",
    audit: { targetType: "secret", action: "delete" },
  },

  "POST /sandbox": {
    access: "write:sandboxes",
    audit: { targetType: "sandbox", action: "create" },
  },
  "GET /sandbox": { access: "member" },
  "GET /sandbox/:sandboxIdOrName": { access: "member" },
  "DELETE /sandbox/:sandboxIdOrName": {
    access: "delete:sandboxes",
    audit: { targetType: "sandbox", action: "delete" },
  },
  "GET /sandbox/:sandboxIdOrName/secrets": { access: "member" },
  "PUT /sandbox/:sandboxIdOrName/secrets": {
    access: "write:sandboxes",
    audit: { targetType: "sandbox", action: "update_secrets" },
  },
  "POST /sandbox/:sandboxIdOrName/egress-token": { access: "write:sandboxes" },
  "GET /sandbox/:sandboxIdOrName/toolbox-proxy-url": { access: "member" },

  "POST /api-keys": {
    access: "manage:api_keys",
    isOpenToUsers: true,
    audit: { targetType: "api_key", action: "create" },
  },
  "GET /api-keys": { access: "manage:api_keys", isOpenToUsers: true },
  "GET /api-keys/current": { access: "member" },
  "GET /api-keys/:name": { access: "manage:api_keys", isOpenToUsers: true },
  "DELETE /api-keys/:name": {
    access: "manage:api_keys",
    isOpenToUsers: true,
    audit: { targetType: "api_key", action: "delete" },
  },
  "DELETE /api-keys/:userId/:name": {
    access: "owner",
    audit: { targetType: "api_key", action: "delete" },
  },

  "GET /organizations": { access: "credential" },
  "GET /organizations/:organizationId": { access: "member" },
  "GET /organizations/:organizationId/roles": { access: "member" },
  "POST /organizations/:organizationId/roles": {
    access: "owner",
    audit: { targetType: "organization_role", action: "create" },
  },
  "PUT /organizations/:organizationId/roles/:roleId": {
    access: "owner",
    audit: { targetType: "organization_role", action: "update" },
  },
  "DELETE /organizations/:organizationId/roles/:roleId": {
    access: "owner",
    audit: { targetType: "organization_role", action: "delete" },
  },
  "GET /organizations/:organizationId/users": { access: "member" },
  "POST /organizations/:organizationId/users/:userId/access": {
    access: "owner",
    audit: { targetType: "organization_user", action: "update_access" },
  },
  "DELETE /organizations/:organizationId/users/:userId": {
    access: "owner",
    audit: { targetType: "organization_user", action: "delete" },
  },

  "GET /audit/scenarios": { access: "public" },
  "GET /audit/organizations/:organizationId": { access: "read:audit_logs" },
} as const satisfies Record<`${Method} /${string}`, RouteRule>;

/** The name of a route: its method and path. */
export type RouteName = keyof typeof ROUTES;

/** The routes that anyone may call. */
export type PublicRouteName = {
  [Name in RouteName]: (typeof ROUTES)[Name] extends { access: "public" } ? Name : never;
}[RouteName];

/** The routes that need a credential and no organization. */
export type CredentialRouteName = {
  [Name in RouteName]: (typeof ROUTES)[Name] extends { access: "credential" } ? Name : never;
}[RouteName];

/** The routes that need a credential of an organization. */
export type GuardedRouteName = Exclude<RouteName, PublicRouteName | CredentialRouteName>;

/** Gives a route's rule. */
export function getRouteRule(name: RouteName): RouteRule {
  return ROUTES[name];
}

/** Lists what the audit log can hold: each kind of target with its actions, both sorted. */
export function listAuditScenarios(): { targetType: string; actions: string[] }[] {
  const actionsByTarget = new Map<string, Set<string>>();
  for (const rule of Object.values<RouteRule>(ROUTES)) {
    if (rule.audit === undefined) continue;
    const { targetType, action } = rule.audit;
    actionsByTarget.set(targetType, (actionsByTarget.get(targetType) ?? new Set()).add(action));
  }
  return [...actionsByTarget]
    .map(([targetType, actions]) => ({ targetType, actions: [...actions].sort() }))
    .sort((one, other) => (one.targetType < other.targetType ? -1 : 1));
}

/** Splits a route's name into its method and its path below `/api`. */
export function splitRouteName(name: RouteName): { method: string; path: string } {
  const [method = "", path = ""] = name.split(" ");
  return { method, path };
}

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

type RouteRule = {
  /** Who may call it: anyone, any credential of the organization, or holders of a permission. */
  access: "public" | "member" | Permission;
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
} as const satisfies Record<`${Method} /${string}`, RouteRule>;

/** The name of a route: its method and path. */
export type RouteName = keyof typeof ROUTES;

/** The routes that anyone may call. */
export type PublicRouteName = {
  [Name in RouteName]: (typeof ROUTES)[Name] extends { access: "public" } ? Name : never;
}[RouteName];

/** The routes that need a credential. */
export type GuardedRouteName = Exclude<RouteName, PublicRouteName>;

/** Gives a route's rule. */
export function getRouteRule(name: RouteName): RouteRule {
  return ROUTES[name];
}

/** Splits a route's name into its method and its path below `/api`. */
export function splitRouteName(name: RouteName): { method: string; path: string } {
  const [method = "", path = ""] = name.split(" ");
  return { method, path };
}

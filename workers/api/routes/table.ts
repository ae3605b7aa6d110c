import { API_KEY_ROUTES } from "./api-keys.ts";
import { AUDIT_ROUTES, AUDIT_SCENARIO_ROUTES } from "./audit.ts";
import { DOCUMENTATION_ROUTES } from "./documentation.ts";
import { EVENT_ROUTES } from "./events.ts";
import { HEALTH_ROUTES } from "./health.ts";
import { MEMBER_ROUTES } from "./members.ts";
import { CREDENTIAL_ROUTES, ORGANIZATION_ROUTES } from "./organizations.ts";
import { ROLE_ROUTES } from "./roles.ts";
import type { DescribedRoute, GuardedRoute, PublicRoute } from "./route.ts";
import { SANDBOX_ROUTES } from "./sandboxes.ts";
import { SECRET_ROUTES } from "./secrets.ts";
import { TOOLBOX_ROUTES } from "./toolbox.ts";

/** The routes that anyone may call. */
export const PUBLIC_ROUTES: PublicRoute[] = [
  ...AUDIT_SCENARIO_ROUTES,
  ...HEALTH_ROUTES,
  ...DOCUMENTATION_ROUTES,
  ...EVENT_ROUTES,
  ...TOOLBOX_ROUTES,
];

/** The routes that need a credential of an organization. */
export const GUARDED_ROUTES: GuardedRoute[] = [
  ...SECRET_ROUTES,
  ...SANDBOX_ROUTES,
  ...API_KEY_ROUTES,
  ...ORGANIZATION_ROUTES,
  ...ROLE_ROUTES,
  ...MEMBER_ROUTES,
  ...AUDIT_ROUTES,
];

/** All routes, in the order that a request finds them and a reader reads them. */
export const ALL_ROUTES: DescribedRoute[] = [
  ...GUARDED_ROUTES,
  ...CREDENTIAL_ROUTES,
  ...PUBLIC_ROUTES,
];

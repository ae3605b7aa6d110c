import { type Context, Hono } from "hono";
import { EgretError } from "../../shared/errors.ts";
import type { Collaborators } from "./bindings.ts";
import { renderError } from "./http/error-response.ts";
import {
  handleCredentialRoute,
  handleGuardedRoute,
  type RequestVariables,
} from "./http/guarded-handler.ts";
import { type RouteName, splitRouteName } from "./permissions.ts";
import { API_KEY_ROUTES } from "./routes/api-keys.ts";
import { AUDIT_ROUTES, AUDIT_SCENARIO_ROUTES } from "./routes/audit.ts";
import { EVENT_ROUTES } from "./routes/events.ts";
import { HEALTH_ROUTES } from "./routes/health.ts";
import { MEMBER_ROUTES } from "./routes/members.ts";
import { CREDENTIAL_ROUTES, ORGANIZATION_ROUTES } from "./routes/organizations.ts";
import { ROLE_ROUTES } from "./routes/roles.ts";
import type { GuardedRoute, PublicRoute } from "./routes/route.ts";
import { SANDBOX_ROUTES } from "./routes/sandboxes.ts";
import { SECRET_ROUTES } from "./routes/secrets.ts";
import { TOOLBOX_ROUTES } from "./routes/toolbox.ts";

const BASE_PATH = "/api";

const PUBLIC_ROUTES: PublicRoute[] = [
  ...HEALTH_ROUTES,
  ...EVENT_ROUTES,
  ...TOOLBOX_ROUTES,
  ...AUDIT_SCENARIO_ROUTES,
];
const GUARDED_ROUTES: GuardedRoute[] = [
  ...SECRET_ROUTES,
  ...SANDBOX_ROUTES,
  ...API_KEY_ROUTES,
  ...ORGANIZATION_ROUTES,
  ...ROLE_ROUTES,
  ...MEMBER_ROUTES,
  ...AUDIT_ROUTES,
];

/** Makes the API's application. Every answer carries its request's id in `X-Request-Id`, and no cache keeps
 * one: there are tokens among them. */
export function createApp(collaborators: Collaborators): Hono<RequestVariables> {
  const app = new Hono<RequestVariables>({ strict: false });
  app.use(async (context, next) => {
    context.set("requestId", crypto.randomUUID());
    context.set("now", Date.now());
    await next();
    // The answer to a WebSocket upgrade has headers that cannot be set.
    if (context.res.status === 101) return;
    context.header("X-Request-Id", context.get("requestId"));
    context.header("Cache-Control", "no-store");
  });
  for (const route of PUBLIC_ROUTES) {
    addRoute(app, route.name, (context) =>
      route.answer({
        request: context.req.raw,
        requestId: context.get("requestId"),
        database: collaborators.openDatabase(),
        settings: collaborators.settings,
      }),
    );
  }
  for (const route of CREDENTIAL_ROUTES) {
    addRoute(app, route.name, handleCredentialRoute(route, collaborators));
  }
  for (const route of GUARDED_ROUTES) {
    addRoute(app, route.name, handleGuardedRoute(route, collaborators, BASE_PATH));
  }
  refuseOtherMethods(app);
  app.notFound((context) =>
    answerError(new EgretError("NOT_FOUND", "There is no such route"), context),
  );
  app.onError(answerError);
  return app;
}

function answerError(thrown: unknown, context: Context<RequestVariables>): Response {
  return renderError(thrown, {
    request: context.req.raw,
    requestId: context.get("requestId"),
    now: context.get("now"),
  });
}

type AppHandler = ReturnType<typeof handleGuardedRoute>;

function addRoute(app: Hono<RequestVariables>, name: RouteName, handler: AppHandler): void {
  const { method, path } = splitRouteName(name);
  if (method === "ALL") app.all(BASE_PATH + path, handler);
  else app.on(method, BASE_PATH + path, handler);
}

function refuseOtherMethods(app: Hono<RequestVariables>): void {
  const all = [...PUBLIC_ROUTES, ...CREDENTIAL_ROUTES, ...GUARDED_ROUTES];
  const routes = all.map(({ name }) => splitRouteName(name));
  for (const path of new Set(routes.map((route) => route.path))) {
    const samePath = routes.filter((route) => route.path === path);
    if (samePath.some(({ method }) => method === "ALL")) continue;
    const allowed = samePath.map(({ method }) => method).join(", ");
    app.all(BASE_PATH + path, () => {
      throw new EgretError("METHOD_NOT_ALLOWED", `This route answers ${allowed}`, {
        headers: { Allow: allowed },
      });
    });
  }
}

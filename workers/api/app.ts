import { type Context, Hono } from "hono";
import { EgretError } from "../../shared/errors.ts";
import type { Collaborators } from "./bindings.ts";
import { renderError } from "./http/error-response.ts";
import {
  handleCredentialRoute,
  handleGuardedRoute,
  type RequestVariables,
} from "./http/guarded-handler.ts";
import { createApiDescriber } from "./openapi/description.ts";
import { type RouteName, splitRouteName } from "./permissions.ts";
import { CREDENTIAL_ROUTES } from "./routes/organizations.ts";
import { ALL_ROUTES, GUARDED_ROUTES, PUBLIC_ROUTES } from "./routes/table.ts";

const BASE_PATH = "/api";

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
  const describeApi = createApiDescriber(ALL_ROUTES, BASE_PATH);
  for (const route of PUBLIC_ROUTES) {
    addRoute(app, route.name, (context) =>
      route.answer({
        request: context.req.raw,
        requestId: context.get("requestId"),
        database: collaborators.openDatabase(),
        settings: collaborators.settings,
        describeApi,
      }),
    );
  }
  for (const route of CREDENTIAL_ROUTES) {
    addRoute(app, route.name, handleCredentialRoute(route, collaborators));
  }
  for (const route of GUARDED_ROUTES) {
    addRoute(app, route.name, handleGuardedRoute(route, collaborators, BASE_PATH));
  }
  for (const path of ["/docs", "/openapi.json"]) {
    app.get(path, (context) => context.redirect(BASE_PATH + path));
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
  const routes = ALL_ROUTES.map(({ name }) => splitRouteName(name));
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

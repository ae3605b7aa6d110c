import type { Context, Handler } from "hono";
import { EgretError } from "../../../shared/errors.ts";
import { isStorableText } from "../../../shared/text.ts";
import type { Collaborators } from "../bindings.ts";
import { getRouteRule } from "../permissions.ts";
import type { GuardedRoute } from "../routes/route.ts";
import { type Actor, holdsPermission } from "../services/actor.ts";
import { recordRefusal } from "../services/audit/record-refusal.ts";
import type { ServiceContext } from "../services/context.ts";
import { authenticateRequest, requireOrganization } from "./authenticate.ts";
import { readError } from "./error-response.ts";
import { readJsonBody } from "./request-body.ts";
import { readRequestOrigin } from "./request-origin.ts";

/** What every request is given when it arrives. */
export type RequestVariables = { Variables: { requestId: string; now: number } };

/** Makes a route's handler: who, may they, what do they want, do it, answer. */
export function handleGuardedRoute(
  route: GuardedRoute,
  collaborators: Collaborators,
  basePath: string,
): Handler<RequestVariables> {
  return async (context) => {
    const serviceContext = await createServiceContext(context, collaborators);
    try {
      requireOrganization(context.req.raw.headers, serviceContext.actor);
      requireAccess(route, serviceContext.actor);
      const answered = await route.answer({
        context: serviceContext,
        parameters: readParameters(context.req.param()),
        query: readQuery(context.req.raw.url),
        readBody: () => readJsonBody(context.req.raw),
        baseUrl: new URL(context.req.raw.url).origin + basePath,
      });
      if (route.status === 204) return new Response(null, { status: 204 });
      return Response.json(answered, { status: route.status });
    } catch (thrown) {
      auditRefusal(route, context, serviceContext, thrown);
      throw thrown;
    }
  };
}

async function createServiceContext(
  context: Context<RequestVariables>,
  { openDatabase, settings }: Collaborators,
): Promise<ServiceContext> {
  const { headers } = context.req.raw;
  const database = openDatabase();
  const now = context.get("now");
  const actor = await authenticateRequest(headers, database, now);
  return { actor, database, now, origin: readRequestOrigin(headers), settings };
}

function requireAccess({ name }: GuardedRoute, actor: Actor): void {
  const { access } = getRouteRule(name);
  if (access === "public" || access === "member" || holdsPermission(actor, access)) return;
  throw new EgretError("FORBIDDEN", `The permission ${access} is required`);
}

function readParameters(parameters: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(parameters)) {
    if (isStorableText(value)) continue;
    throw new EgretError("INVALID_REQUEST", `${name}: must be well-formed Unicode without NUL`);
  }
  return parameters;
}

/** Each field once, as text; one that is given more often, as a list. */
function readQuery(url: string): Record<string, string | string[]> {
  const { searchParams } = new URL(url);
  const fields = [...new Set(searchParams.keys())].map((field) => {
    const [value = "", ...others] = searchParams.getAll(field);
    return [field, others.length === 0 ? value : [value, ...others]];
  });
  return Object.fromEntries(fields);
}

// After the answer: an audit log that cannot be written must not turn a refusal into a failure.
function auditRefusal(
  { name }: GuardedRoute,
  context: Context<RequestVariables>,
  serviceContext: ServiceContext,
  thrown: unknown,
): void {
  const { audit } = getRouteRule(name);
  const refusal = readError(thrown);
  if (audit === undefined || refusal.status >= 500) return;
  const [targetId = null] = Object.values(context.req.param());
  context.executionCtx.waitUntil(
    recordRefusal(serviceContext, { ...audit, targetId }, refusal).catch(() => {
      console.error(
        JSON.stringify({
          level: "error",
          message: "A refused attempt could not be audited",
          requestId: context.get("requestId"),
        }),
      );
    }),
  );
}

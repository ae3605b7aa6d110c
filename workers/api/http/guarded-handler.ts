import type { Context, Handler } from "hono";
import { EgretError } from "../../../shared/errors.ts";
import { isStorableText } from "../../../shared/text.ts";
import type { Collaborators } from "../bindings.ts";
import { getRouteRule } from "../permissions.ts";
import type { CredentialRoute, GuardedRoute } from "../routes/route.ts";
import { type Actor, holdsPermission, isOwner } from "../services/actor.ts";
import { recordRefusal } from "../services/audit/record-refusal.ts";
import type { ServiceContext } from "../services/context.ts";
import { recordUse } from "../services/record-use.ts";
import { authenticateCaller, findActor, requireOrganization } from "./authenticate.ts";
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
    const { organizationId } = context.req.param();
    const serviceContext = await createServiceContext(context, collaborators, organizationId);
    try {
      requireOrganization(context.req.raw.headers, organizationId, serviceContext.actor);
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
    } finally {
      const { database, actor, now } = serviceContext;
      runAfterAnswer(context, "The use of a credential", () => recordUse(database, actor, now));
    }
  };
}

/** Makes the handler of a route that needs a credential and no organization. */
export function handleCredentialRoute(
  route: CredentialRoute,
  { openDatabase, verifyToken }: Collaborators,
): Handler<RequestVariables> {
  return async (context) => {
    const database = openDatabase();
    const now = context.get("now");
    const caller = await authenticateCaller(context.req.raw.headers, {
      database,
      verifyToken,
      now,
    });
    const answered = await route.answer(caller, database);
    if ("kind" in caller) {
      runAfterAnswer(context, "The use of a credential", () => recordUse(database, caller, now));
    }
    return Response.json(answered);
  };
}

async function createServiceContext(
  context: Context<RequestVariables>,
  { openDatabase, settings, verifyToken }: Collaborators,
  organizationId: string | undefined,
): Promise<ServiceContext> {
  const { headers } = context.req.raw;
  const database = openDatabase();
  const now = context.get("now");
  const caller = await authenticateCaller(headers, { database, verifyToken, now });
  const actor = await findActor(caller, headers, organizationId, database);
  return { actor, database, now, origin: readRequestOrigin(headers), settings };
}

function requireAccess({ name }: GuardedRoute, actor: Actor): void {
  const { access, isOpenToUsers } = getRouteRule(name);
  if (access === "public" || access === "credential" || access === "member") return;
  if (access === "owner") {
    if (isOwner(actor)) return;
    throw new EgretError("FORBIDDEN", "Only an owner who signs in with a token may do this");
  }
  if (holdsPermission(actor, access) || (isOpenToUsers && actor.kind === "user")) return;
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

function auditRefusal(
  { name }: GuardedRoute,
  context: Context<RequestVariables>,
  serviceContext: ServiceContext,
  thrown: unknown,
): void {
  const { audit } = getRouteRule(name);
  const refusal = readError(thrown);
  if (audit === undefined || refusal.status >= 500) return;
  const { organizationId: _, ...parameters } = context.req.param();
  const targetId = Object.values(parameters).at(-1) ?? null;
  runAfterAnswer(context, "A refused attempt", () =>
    recordRefusal(serviceContext, { ...audit, targetId }, refusal),
  );
}

// What is only written down must not turn an answer into a failure, nor delay it.
function runAfterAnswer(
  context: Context<RequestVariables>,
  what: string,
  write: () => Promise<void>,
): void {
  context.executionCtx.waitUntil(
    write().catch(() => {
      const message = `${what} could not be written down`;
      console.error(
        JSON.stringify({ level: "error", message, requestId: context.get("requestId") }),
      );
    }),
  );
}

import { WorkerEntrypoint } from "cloudflare:workers";
import { EgretError, renderErrorEnvelope, toEgretError } from "../../shared/errors.ts";
import { type Egress, type EgressEnv, getEgress } from "./bindings.ts";
import { readProxyToken } from "./credentials.ts";
import { handleExplanation, handleRequest } from "./handle-request.ts";
import { parseForwardingRoute, redactPath, splitUrl } from "./route.ts";

/** The public routes: `/forward/…` and `/token/…/forward/…`. */
export default {
  fetch(request, env, context) {
    return answerErrors(request, () => handleRoute(request, getEgress(env), context));
  },
} satisfies ExportedHandler<EgressEnv>;

/** What the entrypoint `Outbound` is told of the sandbox, where its binding can say it. */
export type OutboundProps = { token?: string };

/**
 * The entrypoint for service bindings, above all a Dynamic Worker's `globalOutbound`: the request's
 * own URL is the target. The sandbox token comes as a prop or, from a Worker that serves many
 * sandboxes over one binding, in Proxy-Authorization. No public route leads here.
 */
export class Outbound extends WorkerEntrypoint<EgressEnv, OutboundProps | undefined> {
  override fetch(request: Request): Promise<Response> {
    return answerErrors(request, () => {
      const egress = getEgress(this.env);
      return handleRequest(
        {
          request,
          targetUrl: request.url,
          token:
            this.ctx.props?.token ?? readProxyToken(request.headers.get("Proxy-Authorization")),
          route: null,
          ownOrigins: listOrigins(egress.ownOrigin),
        },
        egress,
        this.ctx,
      );
    });
  }
}

function handleRoute(
  request: Request,
  egress: Egress,
  context: ExecutionContext,
): Promise<Response> {
  const { origin, pathAndQuery } = splitUrl(request.url);
  if (pathAndQuery === "/health") return Promise.resolve(Response.json({ status: "ok" }));
  const route = parseForwardingRoute(pathAndQuery);
  if (route === null) {
    throw new EgretError("NOT_FOUND", "The path is /forward/{scheme}/{host}/{path}");
  }
  const handle = route.action === "explain" ? handleExplanation : handleRequest;
  return handle(
    {
      request,
      targetUrl: route.target,
      token: route.token ?? readProxyToken(request.headers.get("Proxy-Authorization")),
      route: { base: origin + route.prefix, root: route.root },
      ownOrigins: listOrigins(origin, egress.ownOrigin),
    },
    egress,
    context,
  );
}

function listOrigins(...origins: (string | null)[]): string[] {
  return origins.filter((origin) => origin !== null);
}

async function answerErrors(request: Request, handle: () => Promise<Response>): Promise<Response> {
  try {
    return await handle();
  } catch (thrown) {
    const error = toEgretError(thrown);
    const requestId = crypto.randomUUID();
    if (error.status >= 500) logFailure(error, requestId);
    const envelope = renderErrorEnvelope(error, {
      source: "EGRET_EGRESS",
      path: redactPath(splitUrl(request.url).pathAndQuery),
      method: request.method,
      requestId,
      now: Date.now(),
    });
    return Response.json(envelope, {
      status: error.status,
      headers: { ...error.headers, "Egret-Error": error.code },
    });
  }
}

/** Logs why a request failed. Causes are Egret's own words or an error's name, never its message. */
function logFailure({ code, cause }: EgretError, requestId: string): void {
  const reason = cause instanceof Error ? describeError(cause) : cause;
  console.error(JSON.stringify({ event: "egress-failed", code, reason, requestId }));
}

function describeError(error: Error): string {
  // What Egret itself says of a fault, or of a binding's, holds no value and helps to mend it.
  const isOwn = error instanceof EgretError || error.message.startsWith("Binding ");
  return isOwn ? error.message : error.name;
}

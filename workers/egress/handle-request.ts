import { EgretError, toEgretError } from "../../shared/errors.ts";
import { createAnswer } from "./answer.ts";
import type { Egress } from "./bindings.ts";
import { explainRequest } from "./explain.ts";
import { fetchUpstream, type UpstreamRequest } from "./forward/fetch-upstream.ts";
import {
  createUpstreamHeaders,
  dropDigests,
  isWebSocketUpgrade,
} from "./forward/request-headers.ts";
import type { ClientRoute } from "./forward/response-headers.ts";
import type { HostGrants } from "./grants/sandbox.ts";
import { identifySandbox, tokenRequired } from "./identify.ts";
import { checkSandboxNetwork, checkTarget } from "./network-policy.ts";
import { substituteHeaders } from "./substitution/headers.ts";
import { createOutcome, noteOutcome, type Outcome, renderOutcome } from "./substitution/outcome.ts";
import { handOnBody, substituteBody } from "./substitution/request-body.ts";
import type { Substitution } from "./substitution/substitution.ts";
import { substituteUrl } from "./substitution/url.ts";
import { parseTarget, type Target } from "./target.ts";

/** One request of a sandbox, whichever way it came in. */
export type SandboxRequest = {
  request: Request;
  /** The target's URL as it was written. */
  targetUrl: string;
  token: string | null;
  /** The route on which the client came; null where it called the target's own URL. */
  route: Omit<ClientRoute, "target"> | null;
  ownOrigins: readonly string[];
};

/** Carries one request from a sandbox to its target and the answer back. Throws EgretError. */
export async function handleRequest(
  sandboxRequest: SandboxRequest,
  egress: Egress,
  context: ExecutionContext,
): Promise<Response> {
  const startedAt = Date.now();
  const { request, route } = sandboxRequest;
  const { identity, token, target, grants } = await judgeRequest(sandboxRequest, egress, context);
  const { substitution } = grants;
  const outcome = createOutcome();
  if (substitution === null) noteHostNotAllowed(grants, outcome);
  const recordUse = (status: number) =>
    egress.recordUse(
      {
        identity,
        host: target.host,
        method: request.method,
        status,
        startedAt,
        answeredAt: Date.now(),
        outcome,
      },
      egress.usageSink,
      (work) => context.waitUntil(work),
    );
  const prepared = await prepareRequest(request, token, target, substitution, outcome);
  let hasAnswered = false;
  try {
    return await fetchUpstream(prepared, egress.upstream, (upstream) => {
      hasAnswered = true;
      recordUse(upstream.status);
      return createAnswer(upstream, {
        values: substitution?.values ?? null,
        route: route === null ? null : { ...route, target: target.href },
        outcome: renderOutcome(outcome),
      });
    });
  } catch (error) {
    // A body that could not be made ends the request, and its reason is the better answer.
    const failure: unknown = prepared.upload?.broken.reason;
    const reason = toEgretError(failure instanceof EgretError ? failure : error);
    // What failed may have been sent all the same.
    if (!hasAnswered) recordUse(reason.status);
    throw reason;
  }
}

/** Answers what would become of a request, and sends nothing. Throws EgretError. */
export async function handleExplanation(
  sandboxRequest: SandboxRequest,
  egress: Egress,
  context: ExecutionContext,
): Promise<Response> {
  const { request } = sandboxRequest;
  if (request.method !== "GET") {
    throw new EgretError("METHOD_NOT_ALLOWED", "A request is explained with GET", {
      headers: { Allow: "GET" },
    });
  }
  const { token, target, grants } = await judgeRequest(sandboxRequest, egress, context);
  const headers = createUpstreamHeaders(request.headers, token, true);
  return Response.json(explainRequest(target, headers, grants));
}

/** Who asks, for which target, and may they: everything that comes before any substitution. */
async function judgeRequest(
  { targetUrl, token, ownOrigins }: SandboxRequest,
  egress: Egress,
  context: ExecutionContext,
) {
  if (token === null) throw tokenRequired();
  const { identity, sandbox } = await identifySandbox(token, egress, context);
  const target = parseTarget(targetUrl);
  checkTarget(target, { allowPrivateTargets: egress.allowPrivateTargets, ownOrigins });
  checkSandboxNetwork(target, sandbox.network);
  return { identity, token, target, grants: await sandbox.getHostGrants(target.host) };
}

function noteHostNotAllowed({ credentials }: HostGrants, outcome: Outcome): void {
  for (const credential of credentials) {
    noteOutcome(outcome.hindrances, credential, "host-not-allowed");
  }
}

/** What goes upstream: without what is the egress's own, and with the values in their places. */
async function prepareRequest(
  request: Request,
  token: string,
  target: Target,
  substitution: Substitution | null,
  outcome: Outcome,
): Promise<UpstreamRequest> {
  const { method, body: stream } = request;
  const isUpgrade = isWebSocketUpgrade(request.headers);
  const fields = createUpstreamHeaders(request.headers, token, substitution !== null);
  if (isUpgrade) fields.set("Upgrade", "websocket");
  let href = target.href;
  if (substitution !== null) {
    substituteHeaders(fields, substitution, outcome);
    href = substituteUrl(href, substitution, outcome);
  }
  const { headers } = fields;
  if (stream === null) return { href, method, headers, body: null };
  if (method === "GET" || method === "HEAD") {
    return { href, method, headers, body: null, original: request };
  }
  const incoming = { stream, headers: request.headers };
  if (substitution === null) return { ...handOnBody(incoming), href, method, headers };
  const body = await substituteBody(incoming, substitution, outcome);
  if (body.mayDiffer) dropDigests(fields);
  return { ...body, href, method, headers };
}

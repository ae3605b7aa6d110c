import { EgretError } from "../../shared/errors.ts";
import type { Egress } from "./bindings.ts";
import { fetchUpstream } from "./forward/fetch-upstream.ts";
import {
  createUpstreamHeaders,
  dropDigests,
  isWebSocketUpgrade,
} from "./forward/request-headers.ts";
import { type ClientRoute, createSandboxHeaders, keepOnRoute } from "./forward/response-headers.ts";
import type { HostGrants, Sandbox } from "./grants/sandbox.ts";
import { checkSandboxNetwork, checkTarget } from "./network-policy.ts";
import { substituteHeaders } from "./substitution/headers.ts";
import { createOutcome, noteOutcome, type Outcome, renderOutcome } from "./substitution/outcome.ts";
import { type SubstitutedBody, substituteBody } from "./substitution/request-body.ts";
import { scrubBody, scrubHeaders, scrubText } from "./substitution/scrub.ts";
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
  { request, targetUrl, token, route, ownOrigins }: SandboxRequest,
  egress: Egress,
  context: ExecutionContext,
): Promise<Response> {
  const sandbox = await identifySandbox(token, egress, context);
  const target = parseTarget(targetUrl);
  checkTarget(target, { allowPrivateTargets: egress.allowPrivateTargets, ownOrigins });
  checkSandboxNetwork(target, sandbox.network);
  const grants = await sandbox.getHostGrants(target.host);
  const { substitution } = grants;
  const outcome = createOutcome();
  if (substitution === null) noteHostNotAllowed(grants, outcome);
  const answer = await forward(request, target, substitution, outcome, egress);
  return createAnswer(answer, {
    values: substitution?.values ?? null,
    route: route === null ? null : { ...route, target: target.href },
    outcome: renderOutcome(outcome),
  });
}

async function identifySandbox(
  token: string | null,
  egress: Egress,
  context: ExecutionContext,
): Promise<Sandbox> {
  const identity = token === null ? null : await egress.verifyToken(token, Date.now());
  const sandbox =
    identity === null
      ? null
      : await egress.loadSandbox(identity, {
          now: () => Date.now(),
          readDatabase: egress.readDatabase,
          defer: (work) => context.waitUntil(work),
        });
  if (sandbox !== null) return sandbox;
  throw new EgretError("SANDBOX_TOKEN_REQUIRED", "A valid sandbox token is required", {
    headers: { "Proxy-Authenticate": 'Bearer realm="egret", Basic realm="egret"' },
  });
}

function noteHostNotAllowed({ credentials }: HostGrants, outcome: Outcome): void {
  for (const credential of credentials) {
    noteOutcome(outcome.hindrances, credential, "host-not-allowed");
  }
}

async function forward(
  request: Request,
  target: Target,
  substitution: Substitution | null,
  outcome: Outcome,
  egress: Egress,
): Promise<Response> {
  const headers = createUpstreamHeaders(request.headers, substitution !== null);
  if (isWebSocketUpgrade(request.headers)) headers.set("Upgrade", "websocket");
  let href = target.href;
  let body: SubstitutedBody = { body: request.body, mayDiffer: false };
  if (substitution !== null) {
    substituteHeaders(headers, substitution, outcome);
    href = substituteUrl(href, substitution, outcome);
    body = await substituteBody(
      { stream: request.body, headers: request.headers },
      substitution,
      outcome,
    );
    if (body.mayDiffer) dropDigests(headers);
  }
  try {
    return await fetchUpstream(
      { href, method: request.method, headers, body: body.body },
      egress.upstream,
    );
  } catch (error) {
    // A body that could not be made ends the request, and its reason is the better answer.
    const failure = body.getFailure?.();
    throw failure instanceof EgretError ? failure : error;
  }
}

type AnswerOptions = {
  values: Substitution["values"];
  route: ClientRoute | null;
  outcome: string;
};

const NULL_BODY_STATUSES = new Set([101, 204, 205, 304]);

async function createAnswer(answer: Response, options: AnswerOptions): Promise<Response> {
  const { values, route, outcome } = options;
  const headers = createSandboxHeaders(answer.headers);
  if (values !== null) scrubHeaders(headers, values);
  if (route !== null) keepOnRoute(headers, route);
  if (outcome !== "") headers.set("Egret-Outcome", outcome);
  const init = {
    status: answer.status,
    statusText: values === null ? answer.statusText : scrubText(answer.statusText, values),
    headers,
    webSocket: answer.webSocket,
  };
  if (answer.body === null || NULL_BODY_STATUSES.has(answer.status)) {
    return new Response(null, init);
  }
  if (values === null) return new Response(answer.body, init);
  return new Response(await scrubBody(answer.body, headers, values), init);
}

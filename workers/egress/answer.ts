import { EgretError } from "../../shared/errors.ts";
import { type ClientRoute, createSandboxHeaders, keepOnRoute } from "./forward/response-headers.ts";
import {
  scrubBody,
  scrubFieldText,
  scrubHeaders,
  type ValueMatcher,
} from "./substitution/scrub.ts";

/** How an upstream's answer is changed on its way to the sandbox. */
export type AnswerOptions = {
  /** Finds the values that this request could carry; null where it could carry none. */
  values: ValueMatcher | null;
  /** The route to keep the client on; null where it called the target's own URL. */
  route: ClientRoute | null;
  /** The header Egret-Outcome; empty for none. */
  outcome: string;
};

const NULL_BODY_STATUSES = new Set([101, 204, 205, 304]);

/**
 * Makes the sandbox's answer from the upstream's: scrubbed, and kept on the client's route. Throws
 * UPSTREAM_UNREACHABLE for an answer that is none in HTTP.
 */
export async function createAnswer(upstream: Response, options: AnswerOptions): Promise<Response> {
  const { values, route, outcome } = options;
  const { status, statusText, body } = upstream;
  if (status !== 101 && (status < 200 || status > 599)) {
    throw new EgretError(
      "UPSTREAM_UNREACHABLE",
      `The upstream answered with the status ${status}, which cannot be handed on`,
    );
  }
  const headers = createSandboxHeaders(upstream.headers);
  if (values !== null) scrubHeaders(headers, values);
  if (route !== null) keepOnRoute(headers, route);
  if (outcome !== "") headers.set("Egret-Outcome", outcome);
  const init = {
    status,
    statusText: values === null ? statusText : scrubFieldText(statusText, values),
    headers: headers.headers,
    webSocket: status === 101 ? upstream.webSocket : null,
  };
  if (body === null || NULL_BODY_STATUSES.has(status)) return new Response(null, init);
  if (values === null) return new Response(body, init);
  return new Response(await scrubBody(body, headers, values), init);
}

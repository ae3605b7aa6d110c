import { translateDatabaseError } from "../../../shared/database/database-error.ts";
import { type EgretError, renderErrorEnvelope, toEgretError } from "../../../shared/errors.ts";
import { logFailure } from "./failure-log.ts";

// RFC 6750, section 3.
const CHALLENGE = { "WWW-Authenticate": 'Bearer realm="egret"' };

/** The request that an error answers. */
export type FailedRequest = { request: Request; requestId: string; now: number };

/**
 * Renders whatever was thrown: the one place that makes error answers. Failures of our own (5xx)
 * go to the log, with their causes.
 */
export function renderError(thrown: unknown, { request, requestId, now }: FailedRequest): Response {
  const error = readError(thrown);
  const { method } = request;
  // Without the query, which may hold anything.
  const path = new URL(request.url).pathname;
  if (error.status >= 500 && error.code !== "NOT_IMPLEMENTED") {
    logFailure(error, { requestId, method, path });
  }
  const envelope = renderErrorEnvelope(error, {
    source: "EGRET_API",
    path,
    method,
    requestId,
    now,
  });
  return Response.json(envelope, {
    status: error.status,
    headers: {
      "X-Request-Id": requestId,
      ...(error.code === "UNAUTHORIZED" ? CHALLENGE : {}),
      ...error.headers,
    },
  });
}

/** Gives whatever was thrown as an error that is meant for the caller. */
export function readError(thrown: unknown): EgretError {
  return toEgretError(translateDatabaseError(thrown));
}

// Headers that carry no credential and that servers echo, log or index: a value is never put there.
const PLAIN_HEADERS = new Set([
  "alt-used",
  "b3",
  "baggage",
  "cache-control",
  "connection",
  "correlation-id",
  "date",
  "digest",
  "dnt",
  "early-data",
  "expect",
  "forwarded",
  "from",
  "host",
  "idempotency-key",
  "last-event-id",
  "max-forwards",
  "origin",
  "pragma",
  "prefer",
  "priority",
  "range",
  "referer",
  "request-id",
  "save-data",
  "sentry-trace",
  "te",
  "trailer",
  "transfer-encoding",
  "uber-trace-id",
  "upgrade",
  "upgrade-insecure-requests",
  "user-agent",
  "via",
  "x-amz-user-agent",
  "x-amzn-trace-id",
  "x-client-request-id",
  "x-cloud-trace-context",
  "x-correlation-id",
  "x-forwarded-for",
  "x-ms-client-request-id",
  "x-request-id",
  "x-requested-with",
  "x-trace-id",
]);
const PLAIN_PREFIXES =
  /^(?:accept|access-control-request-|content-|if-|trace|x-b3-|x-datadog-|sec-fetch-|sec-ch-|sec-websocket-(?!protocol$))/;

/** Whether a secret may be put into the header of this name, in lower case. */
export function mayHoldCredential(name: string): boolean {
  return !PLAIN_HEADERS.has(name) && !PLAIN_PREFIXES.test(name);
}

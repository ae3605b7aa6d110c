// Headers that carry no credential and that servers echo, log or index: a value is never put there.
const PLAIN_HEADERS = new Set([
  "baggage",
  "cache-control",
  "connection",
  "correlation-id",
  "date",
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
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "upgrade-insecure-requests",
  "user-agent",
  "via",
  "x-amzn-trace-id",
  "x-client-request-id",
  "x-cloud-trace-context",
  "x-correlation-id",
  "x-forwarded-for",
  "x-request-id",
]);
const PLAIN_PREFIXES =
  /^(?:accept|content-|if-|trace|x-b3-|x-datadog-|sec-fetch-|sec-ch-|sec-websocket-(?!protocol$))/;

/** Whether a secret may be put into the header of this name, in lower case. */
export function mayHoldCredential(name: string): boolean {
  return !PLAIN_HEADERS.has(name) && !PLAIN_PREFIXES.test(name);
}

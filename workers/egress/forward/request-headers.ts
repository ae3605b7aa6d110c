import { FieldMap, type Fields } from "../field-map.ts";

// Hop-by-hop (RFC 9110, section 7.6.1), about the client's own connection, or the runtime's to set.
const DROPPED = new Set([
  "cdn-loop",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "true-client-ip",
  "upgrade",
  "x-real-ip",
]);
const DROPPED_PREFIXES = /^(?:proxy-|cf-|x-forwarded-)/;
const SEARCHABLE_CODINGS = new Set(["gzip", "br", "identity"]);

/**
 * Makes the headers that go upstream: without those of this hop, those named by Connection, those
 * that tell of the client or the platform, and any that holds the sandbox token, as the Referer of a
 * client that follows links does. Accept-Encoding is cut to what can be searched where the answer
 * `isSearched`.
 */
export function createUpstreamHeaders(
  incoming: Headers,
  sandboxToken: string,
  isSearched: boolean,
): FieldMap {
  const headers = new FieldMap(incoming);
  const accepted = headers.get("Accept-Encoding");
  const named = splitList(headers.get("Connection"));
  for (const [name, value] of headers) {
    const isOfThisHop = DROPPED.has(name) || DROPPED_PREFIXES.test(name) || named.includes(name);
    if (isOfThisHop || value.includes(sandboxToken)) headers.delete(name);
  }
  // Where none is set, the runtime would add codings that the client did not ask for.
  if (accepted === null) headers.set("Accept-Encoding", "identity");
  else if (isSearched) headers.set("Accept-Encoding", cutToSearchable(accepted));
  return headers;
}

function cutToSearchable(accepted: string): string {
  const kept = accepted
    .split(",")
    .map((item) => item.trim())
    .filter((item) => SEARCHABLE_CODINGS.has((item.split(";", 1)[0] ?? "").trim().toLowerCase()));
  return kept.length === 0 ? "identity" : kept.join(", ");
}

function splitList(header: string | null): string[] {
  return header === null ? [] : header.split(",").map((item) => item.trim().toLowerCase());
}

/** Whether a request asks for a WebSocket (RFC 6455, section 4.1). */
export function isWebSocketUpgrade(headers: Fields): boolean {
  return headers.get("Upgrade")?.toLowerCase() === "websocket";
}

const DIGESTS = ["Content-MD5", "Digest", "Content-Digest", "Repr-Digest"];

/** Drops the digests of a body that is not sent as it came. */
export function dropDigests(headers: Fields): void {
  for (const name of DIGESTS) headers.delete(name);
}

/** Who calls, and what for: the parts of a forwarding route, not yet judged. */
export type ForwardingRoute = {
  /** Whether the request is to be sent, or only explained. */
  action: "forward" | "explain";
  /** The path up to the scheme, for example `/forward` or `/token/…/forward`. */
  prefix: string;
  /** The path up to the authority, as the client wrote it: what all of the target's paths share. */
  root: string;
  /** The sandbox token, where the path carries it. */
  token: string | null;
  /** The target's URL as it was written. */
  target: string;
};

const ROUTE = /^(?:\/token\/([^/?]+))?\/(forward|explain)\/([^/?]+)\/([^/?]*)(.*)$/s;

/**
 * Parses `/forward/{scheme}/{authority}/{path}?{query}`, with or without `/token/{sandbox token}`
 * before it; or the same with `explain`. `pathAndQuery` is the request's own, byte for byte. Null
 * where it is no such route.
 */
export function parseForwardingRoute(pathAndQuery: string): ForwardingRoute | null {
  const match = ROUTE.exec(pathAndQuery);
  if (match === null) return null;
  const [, token, action = "", scheme = "", authority = "", rest = ""] = match;
  const prefix = `${token === undefined ? "" : `/token/${token}`}/${action}`;
  return {
    action: action === "explain" ? "explain" : "forward",
    prefix,
    root: `${prefix}/${scheme}/${authority}`,
    token: token ?? null,
    target: `${scheme}://${decodeAuthority(authority)}${rest.startsWith("/") ? "" : "/"}${rest}`,
  };
}

/**
 * Clients escape brackets and letters that are not ASCII, as no path may hold them. What would end
 * the authority stays escaped, and no host may hold that.
 */
function decodeAuthority(authority: string): string {
  try {
    const decoded = decodeURIComponent(authority);
    return /[/?#\\]/.test(decoded) ? authority : decoded;
  } catch {
    return authority;
  }
}

/** Splits a request's URL (normalized, as `Request.url` is) into its origin and all that follows. */
export function splitUrl(url: string): { origin: string; pathAndQuery: string } {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start === -1) return { origin: url, pathAndQuery: "/" };
  return { origin: url.slice(0, start), pathAndQuery: url.slice(start) };
}

/** A path that may be shown and logged: without the sandbox token and without the query. */
export function redactPath(pathAndQuery: string): string {
  return pathAndQuery.replace(/^\/token\/[^/?]*/, "/token/…").replace(/\?.*$/s, "");
}

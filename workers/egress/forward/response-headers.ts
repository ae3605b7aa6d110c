import { Buffer } from "node:buffer";
import { FieldMap, type Fields } from "../field-map.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// Hop-by-hop, about a connection that ends here, or the egress's own words, which no upstream speaks.
const DROPPED = [
  "alt-svc",
  "connection",
  "egret-error",
  "egret-outcome",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Makes the headers that go back to the sandbox from those of the upstream. */
export function createSandboxHeaders(upstream: Headers): FieldMap {
  const headers = new FieldMap(upstream);
  const named = headers.get("Connection") ?? "";
  for (const name of named.split(",")) headers.delete(name.trim());
  for (const name of DROPPED) headers.delete(name);
  return headers;
}

/** The route on which a client reached the upstream: where its next request is to go, too. */
export type ClientRoute = {
  /** Origin and path up to the scheme, for example `https://egress.example/forward`. */
  base: string;
  /** Path up to the authority, under which the target's cookies stay. */
  root: string;
  /** The target's URL as the client knows it, without any value. */
  target: string;
};

/**
 * Rewrites the headers by which a client would leave the route: Location, Content-Location and the
 * targets of Link (RFC 8288), by which clients page, lead to the same route, and cookies stay below
 * the upstream's own path (RFC 6265, section 5). What is not ASCII even then is left out.
 */
export function keepOnRoute(headers: Fields, route: ClientRoute): void {
  rewriteHeader(headers, "Location", (location) => rewriteLocation(location, route));
  rewriteHeader(headers, "Content-Location", (location) => rewriteLocation(location, route));
  rewriteHeader(headers, "Link", (links) => rewriteLinks(links, route));
  rewriteHeader(headers, "Set-Cookie", (cookie) => rewriteCookie(cookie, route));
}

function rewriteHeader(headers: Fields, name: string, rewrite: (value: string) => string): void {
  const value = headers.get(name);
  if (value === null) return;
  const values = name === "Set-Cookie" ? headers.getSetCookie() : [value];
  headers.delete(name);
  for (const value of values) {
    const rewritten = rewrite(readText(value));
    // About any other the runtime writes a warning with the whole header, sandbox token and all.
    if (/^[\t\x20-\x7e]*$/.test(rewritten)) headers.append(name, rewritten);
  }
}

/**
 * What a header's bytes mean: UTF-8, where they are that. The runtime gives one character for each
 * byte.
 */
function readText(value: string): string {
  // Scrubbing has read what it changed already.
  if (/[^\0-\xff]/.test(value)) return value;
  try {
    return utf8.decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}

function rewriteLocation(location: string, route: ClientRoute): string {
  const url = URL.parse(location, route.target);
  if (url === null || !/^https?:$/.test(url.protocol)) return location;
  return `${route.base}${getRoutePath(url)}`;
}

/** A target is all that stands between `<` and `>`; in a parameter's string those may stand, too. */
function rewriteLinks(links: string, route: ClientRoute): string {
  return links.replace(/"(?:\\.|[^"\\])*"|<([^>]*)>/g, (match, target?: string) =>
    target === undefined ? match : `<${rewriteLocation(target.trim(), route)}>`,
  );
}

/** `/{scheme}/{authority}{path}?{query}#{fragment}` of a URL; user information is left out. */
function getRoutePath(url: URL): string {
  return `/${url.protocol.slice(0, -1)}/${url.host}${url.pathname}${url.search}${url.hash}`;
}

function rewriteCookie(cookie: string, route: ClientRoute): string {
  const [pair = "", ...attributes] = cookie.split(";");
  let path = getDefaultPath(new URL(route.target).pathname);
  const kept = attributes.filter((attribute) => {
    const [name = "", value = ""] = attribute.split("=", 2);
    const lowerName = name.trim().toLowerCase();
    if (lowerName === "path" && value.trim().startsWith("/")) path = value.trim();
    return lowerName !== "path" && lowerName !== "domain";
  });
  // Without a last slash the path also matches a target that was called without one.
  return [pair, ...kept, ` Path=${route.root}${path === "/" ? "" : path}`].join(";");
}

/** The path of a cookie that names none (RFC 6265, section 5.1.4). */
function getDefaultPath(requestPath: string): string {
  return requestPath.slice(0, requestPath.lastIndexOf("/")) || "/";
}

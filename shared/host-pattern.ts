const MAX_HOST_LENGTH = 253;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** True for the normal form of an IP literal: dotted decimal, or IPv6 in brackets. */
export function isIpLiteral(host: string): boolean {
  return host.startsWith("[") || IPV4.test(host);
}

/**
 * Brings the host of a parsed URL to its normal form. The WHATWG parser has lower-cased it, made
 * it punycode and resolved every spelling of an IP address; what is left is the trailing dot.
 */
export function normalizeHost(urlHostname: string): string {
  return urlHostname.endsWith(".") ? urlHostname.slice(0, -1) : urlHostname;
}

/**
 * Parses one entry of a secret's allowlist and gives its normal form: an exact host (a name, or an
 * IP literal), `*.` and a name, or `*` alone.
 * Throws a TypeError whose message says what is wrong, without repeating the entry.
 */
export function parseHostPattern(entry: string): string {
  if (entry === "*") return "*";
  const isWildcard = entry.startsWith("*.");
  const host = parseHostName(isWildcard ? entry.slice(2) : entry);
  if (!isWildcard) return host;
  if (isIpLiteral(host)) throw new TypeError("a wildcard cannot stand before an IP address");
  return `*.${host}`;
}

function parseHostName(text: string): string {
  if (text === "") throw new TypeError("the host is empty");
  if (text.length > MAX_HOST_LENGTH) {
    throw new TypeError(`the host is longer than ${MAX_HOST_LENGTH} characters`);
  }
  if (text.includes("*")) throw misplacedAsterisk();
  if (text.includes("://")) throw new TypeError("a host has no scheme");
  if (text.includes("@")) throw new TypeError("a host has no user information");
  if (/[/\\?#%\s]/.test(text)) throw new TypeError("a host has no path, query, escape or space");
  const isBareIpv6 = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text);
  if (!isBareIpv6 && /:\d*$/.test(text)) throw new TypeError("a host has no port");
  const host = parseUrlHost(isBareIpv6 ? `[${text}]` : text);
  // The parser turns other characters into an asterisk, the fullwidth one for example.
  if (host.includes("*")) throw misplacedAsterisk();
  if (IPV4.test(host) && host !== text) {
    throw new TypeError("an IPv4 address is written as four decimal numbers");
  }
  if (host.split(".").includes("")) throw new TypeError("the host has an empty label");
  return host;
}

function misplacedAsterisk(): TypeError {
  return new TypeError("`*` may only stand alone or as the first label");
}

function parseUrlHost(text: string): string {
  // The parser strips tabs and newlines silently, but white space was refused before.
  const url = URL.parse(`http://${text}/`);
  if (url === null || url.hostname === "" || url.pathname !== "/") {
    throw new TypeError("this is not a host name");
  }
  if (url.hostname.length > MAX_HOST_LENGTH) {
    throw new TypeError(`the host is longer than ${MAX_HOST_LENGTH} characters`);
  }
  return url.hostname;
}

/**
 * Whether a host in normal form is one that the pattern (in normal form) allows. `*.example.com`
 * allows example.com and every name below it; no such wildcard allows an IP address.
 */
export function matchesHostPattern(pattern: string, host: string): boolean {
  if (pattern === "*" || pattern === host) return true;
  if (!pattern.startsWith("*.") || isIpLiteral(host)) return false;
  const base = pattern.slice(2);
  return host === base || host.endsWith(`.${base}`);
}

/** Whether any of the patterns allows the host. An empty list allows none. */
export function matchesAnyHostPattern(patterns: readonly string[], host: string): boolean {
  return patterns.some((pattern) => matchesHostPattern(pattern, host));
}

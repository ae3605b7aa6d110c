import { EgretError } from "../../shared/errors.ts";
import { isIpLiteral, normalizeHost } from "../../shared/host-pattern.ts";
import { PLACEHOLDER_PREFIX } from "../../shared/placeholder.ts";

/** The one URL that is fetched: `href` without a fragment, its host in normal form, its port. */
export type Target = { readonly href: string; readonly host: string; readonly port: string };

/**
 * Parses a target's URL (WHATWG URL) once; what is compared later is what is fetched. Throws
 * INVALID_TARGET for another scheme than http and https, user information, an empty host, control
 * characters, a backslash, or a placeholder where the authority stands.
 */
export function parseTarget(text: string): Target {
  // The parser would drop tabs and newlines, and read a backslash as a slash.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\0-\x1f\x7f\\]/.test(text)) throw invalidTarget("holds a control character or a backslash");
  if (!/^https?:\/\/[^/?#]/i.test(text)) {
    throw invalidTarget("is not an http or https URL with a host");
  }
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(text)?.[1] ?? "";
  if (authority.includes("@")) throw invalidTarget("holds user information");
  if (authority.toLowerCase().includes(PLACEHOLDER_PREFIX)) {
    throw invalidTarget("holds a placeholder in its authority");
  }
  if (/[%\s]/.test(authority)) throw invalidTarget("holds an escape or a space in its authority");
  const url = URL.parse(text);
  const host = normalizeHost(url?.hostname ?? "");
  if (url === null || !isHost(host)) throw invalidTarget("has no valid host");
  // Once more, as full-width letters and the like are now what they stand for.
  if (host.includes(PLACEHOLDER_PREFIX)) throw invalidTarget("holds a placeholder as its host");
  // Only where there is something to be changed: each setter writes the URL anew.
  if (text.includes("#")) url.hash = "";
  if (url.hostname !== host) url.hostname = host;
  return { href: url.href, host, port: getPort(url) };
}

/** The port of an http or https URL, also where it is the scheme's own. */
export function getPort({ port, protocol }: URL): string {
  return port || (protocol === "https:" ? "443" : "80");
}

/** The parser lets more characters into a host than any name on the Internet has, `*` among them. */
function isHost(host: string): boolean {
  return isIpLiteral(host) || /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(host);
}

function invalidTarget(fault: string): EgretError {
  return new EgretError("INVALID_TARGET", `The target ${fault}`);
}

import { Buffer } from "node:buffer";

/**
 * Reads the sandbox token from Proxy-Authorization: Bearer (RFC 6750), or Basic with the token as
 * the password (RFC 7617). Null where the header holds neither.
 */
export function readProxyToken(header: string | null): string | null {
  const [, scheme = "", credentials = ""] = /^(\w+)[ \t]+(\S+)[ \t]*$/.exec(header ?? "") ?? [];
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return null;
  const decoded = Buffer.from(credentials, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  return colon === -1 ? null : decoded.slice(colon + 1);
}

import { Buffer } from "node:buffer";
import { NotEncodableError } from "./escapes.ts";
import { type ReplacePlaceholder, replacePlaceholders } from "./tokens.ts";

const BASIC_SCHEME = /^basic(?:[ \t]|$)/i;
const BASIC = /^(basic[ \t]+)([A-Za-z0-9+/_-]+)={0,2}[ \t]*$/i;

/** Basic credentials: the scheme as it was written, and the decoded bytes as Latin-1. */
export type BasicCredentials = { scheme: string; decoded: string };

/**
 * Parses an Authorization header of the Basic scheme (RFC 7617): base64 or base64url, padded or
 * not. Null for another scheme, "invalid" for base64 that cannot be decoded.
 */
export function parseBasicCredentials(header: string): BasicCredentials | "invalid" | null {
  if (!BASIC_SCHEME.test(header)) return null;
  const [, scheme, digits] = BASIC.exec(header) ?? [];
  if (scheme === undefined || digits === undefined || digits.length % 4 === 1) return "invalid";
  // Latin-1 keeps every byte, so that bytes which are no UTF-8 come through unharmed.
  return { scheme, decoded: Buffer.from(digits, "base64").toString("latin1") };
}

/**
 * Replaces placeholders in the user and the password, and encodes them again. Null where nothing
 * was replaced. Without a colon the whole text counts as the password.
 */
export function replaceInBasicCredentials(
  { scheme, decoded }: BasicCredentials,
  replaceInUser: ReplacePlaceholder,
  replaceInPassword: ReplacePlaceholder,
): string | null {
  const userEnd = Math.max(decoded.indexOf(":"), 0);
  const user = replacePlaceholders(decoded.slice(0, userEnd), replaceInUser);
  const password = replacePlaceholders(decoded.slice(userEnd), replaceInPassword);
  const replaced = user + password;
  if (replaced === decoded) return null;
  return scheme + Buffer.from(replaced, "latin1").toString("base64");
}

/** Writes a value as the user of Basic credentials, which a colon would end too early. */
export function writeBasicUser(value: string): string {
  if (value.includes(":")) {
    throw new NotEncodableError("the user of Basic credentials cannot hold a colon");
  }
  return writeBasicPassword(value);
}

/** Writes a value as the password of Basic credentials: its UTF-8 bytes as Latin-1. */
export function writeBasicPassword(value: string): string {
  return Buffer.from(value, "utf8").toString("latin1");
}

import { Buffer } from "node:buffer";
import { escapeValue } from "./escapes.ts";
import { spellJson, spellMarkup } from "./text-spellings.ts";

/** Values shorter than this, in bytes of UTF-8, are not looked for: they stand everywhere by chance. */
export const MIN_SCRUBBED_BYTES = 8;

/**
 * Lists the spellings under which an upstream may answer a value: as it is, JSON, URL, form, XML
 * and HTML escapes, base64 and base64url at each of the three alignments, and hex. Empty for a
 * value that is too short to be looked for. The likelier ones come first, and the list ends where
 * together they would be longer than `maxBytes`; the value as it is always is in it.
 */
export function listSpellings(value: string, maxBytes = Number.POSITIVE_INFINITY): Uint8Array[] {
  const length = Buffer.byteLength(value, "utf8");
  if (length < MIN_SCRUBBED_BYTES) return [];
  const known = new Set([value]);
  const spellings = [Buffer.from(value, "utf8")];
  let left = maxBytes - length;
  for (const text of spell(value)) {
    // No spelling is shorter than the value.
    if (left < length) break;
    if (known.has(text)) continue;
    known.add(text);
    const bytes = Buffer.from(text, "utf8");
    if (bytes.length > left) break;
    left -= bytes.length;
    spellings.push(bytes);
  }
  return spellings;
}

/**
 * Lists the spellings of many values, in their order, with about `maxBytes` for all together: what
 * short values do not need of their share is the long ones'.
 */
export function listSpellingsOfAll(values: readonly string[], maxBytes: number): Uint8Array[][] {
  const spellings: Uint8Array[][] = values.map(() => []);
  const shortestFirst = [...values.entries()].sort(([, a], [, b]) => a.length - b.length);
  let left = maxBytes;
  for (const [turn, [index, value]] of shortestFirst.entries()) {
    const listed = listSpellings(value, left / (values.length - turn));
    left -= listed.reduce((length, bytes) => length + bytes.length, 0);
    spellings[index] = listed;
  }
  return spellings;
}

/** One by one, as the long ones may not be needed. */
function* spell(value: string): Generator<string> {
  const bytes = Buffer.from(value, "utf8");
  const base64 = spellBase64(bytes, "base64");
  yield escapeValue("json", value);
  yield* base64;
  yield* spellPercent(value);
  yield* spellMarkup(value);
  yield* spellJson(value);
  // JSON in a string of JSON, as upstreams show a body that they were sent.
  yield escapeValue("json", escapeValue("json", value));
  yield* spellBase64(bytes, "base64url");
  const hex = bytes.toString("hex");
  yield hex;
  yield hex.toUpperCase();
  for (const digits of base64) {
    yield encodeURIComponent(digits);
    yield* spellJson(digits);
  }
}

/** Encoders differ in which characters they leave, and in the case of the digits. */
function* spellPercent(value: string): Generator<string> {
  const uri = encodeURIComponent(value);
  const form = escapeValue("form", value);
  const spellings = [
    escapeValue("percent", value),
    form,
    uri,
    uri.replaceAll("%20", "+"),
    uri.replaceAll("%2F", "/"),
    // What may stand in a path segment (RFC 3986, section 3.3) is left by Go's PathEscape.
    uri.replace(/%(?:24|26|2B|3A|3D|40)/g, decodeURIComponent),
    encodeURI(value),
  ];
  for (const text of spellings) {
    yield text;
    yield text.replace(/%[0-9A-F]{2}/g, (escaped) => escaped.toLowerCase());
  }
}

/**
 * The base64 characters that depend on the value alone, for a value that begins 0, 1 or 2 bytes
 * into a group of three: those that share bits with a neighbour are left out.
 */
function spellBase64(bytes: Buffer, encoding: "base64" | "base64url"): string[] {
  return [0, 1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((shifted.length * 8) / 6);
    return shifted.toString(encoding).slice(from, to);
  });
}

import { Buffer } from "node:buffer";
import { escapeValue } from "./escapes.ts";

/** Values shorter than this, in bytes of UTF-8, are not looked for: they stand everywhere by chance. */
export const MIN_SCRUBBED_BYTES = 8;

/**
 * Lists the spellings under which an upstream may answer a value: as it is, JSON, URL, form, XML
 * and HTML escapes, base64 and base64url at each of the three alignments, and hex. Empty for a
 * value that is too short to be looked for.
 */
export function listSpellings(value: string): Uint8Array[] {
  const bytes = Buffer.from(value, "utf8");
  if (bytes.length < MIN_SCRUBBED_BYTES) return [];
  const texts = new Set([
    value,
    ...spellJson(value),
    ...spellPercent(value),
    ...spellXml(value),
    ...spellBase64(bytes),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
  ]);
  return [...texts].map((text) => Buffer.from(text, "utf8"));
}

/** Encoders differ in whether they escape `/`, `<>&` and everything that is not ASCII. */
function spellJson(value: string): string[] {
  const plain = escapeValue("json", value);
  const html = plain.replace(/[<>&\u2028\u2029]/g, escapeUnicode);
  const withHtml = [plain, html, plain.replace(/[<>&'\u2028\u2029]/g, escapeUnicode)];
  const withSlash = withHtml.flatMap((text) => [text, text.replaceAll("/", "\\/")]);
  const withAscii = withSlash.flatMap((text) => [text, text.replace(/[^\0-\x7f]/g, escapeUnicode)]);
  return withAscii.flatMap((text) => [text, text.replace(/\\u[0-9a-f]{4}/g, upperCaseDigits)]);
}

function escapeUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function upperCaseDigits(escaped: string): string {
  return `\\u${escaped.slice(2).toUpperCase()}`;
}

function spellPercent(value: string): string[] {
  const strict = escapeValue("percent", value);
  const uri = encodeURIComponent(value);
  const spellings = [strict, uri, encodeURI(value), uri.replaceAll("%2F", "/")];
  const withForm = [...spellings, escapeValue("form", value), uri.replaceAll("%20", "+")];
  return withForm.flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, lowerCase)]);
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}

function spellXml(value: string): string[] {
  const markup = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const text = markup.replaceAll(">", "&gt;");
  const quoted = text.replaceAll('"', "&quot;");
  const numeric = text.replaceAll('"', "&#34;");
  const apostrophes = ["&#39;", "&#x27;", "&#039;", "&apos;"];
  return [
    markup,
    text,
    quoted,
    numeric,
    ...apostrophes.flatMap((entity) => [
      text.replaceAll("'", entity),
      quoted.replaceAll("'", entity),
      numeric.replaceAll("'", entity),
    ]),
    quoted.replaceAll("'", "&#39;").replace(/[\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`),
  ];
}

/**
 * The base64 characters that depend on the value alone, for a value that begins 0, 1 or 2 bytes
 * into a group of three: those that share bits with a neighbour are left out.
 */
function spellBase64(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((shifted.length * 8) / 6);
    return [
      shifted.toString("base64").slice(from, to),
      shifted.toString("base64url").slice(from, to),
    ];
  });
}

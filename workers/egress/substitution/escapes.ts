const encoder = new TextEncoder();

/** How a value is written in the different places of a request. */
export type Escape = "raw" | "json" | "form" | "percent" | "xml";

/** A value that the place cannot hold whatever the escape; the message names no value. */
export class NotEncodableError extends Error {
  override readonly name = "NotEncodableError";
}

const ESCAPES: Record<Escape, (value: string) => string> = {
  raw: (value) => value,
  json: escapeJson,
  form: escapeForm,
  percent: escapePercent,
  xml: escapeXml,
};

/**
 * Writes a value for one kind of place, as text. Throws NotEncodableError where the place cannot
 * hold it.
 */
export function escapeValue(kind: Escape, value: string): string {
  return ESCAPES[kind](value);
}

/** The same as bytes of UTF-8. */
export function escapeValueBytes(kind: Escape, value: string): Uint8Array {
  return encoder.encode(escapeValue(kind, value));
}

/** Inside a JSON string (RFC 8259, section 7). */
function escapeJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** As application/x-www-form-urlencoded (WHATWG URL, section 5.2). */
function escapeForm(value: string): string {
  return new URLSearchParams([["", value]]).toString().slice(1);
}

/** Percent-encoding of all but the unreserved characters (RFC 3986, section 2.3). */
function escapePercent(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const XML_ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // As characters these three would be changed by the parser (XML 1.0, sections 2.11 and 3.3.3).
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Whether every character of a text is ASCII, control characters included. */
export function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

/** In XML 1.0 text or an attribute's value; control characters cannot stand there at all. */
function escapeXml(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML excludes
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(value)) {
    throw new NotEncodableError("XML cannot hold one of its characters");
  }
  return value.replace(/[&<>"'\t\n\r]/g, (character) => XML_ENTITIES[character] as string);
}

/**
 * Writes a value for a header (RFC 9110, section 5.5): as it is, where every character is ASCII and
 * none a control character but the tab. Throws NotEncodableError otherwise: the runtime would write
 * a warning that holds the whole header into the log, and send other bytes than Latin-1.
 */
export function escapeHeader(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a header excludes
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) {
    throw new NotEncodableError("a header cannot hold one of its control characters");
  }
  if (!isAscii(value)) {
    throw new NotEncodableError("a header cannot hold a character outside ASCII");
  }
  if (/^[ \t]|[ \t]$/.test(value)) {
    throw new NotEncodableError("a header cannot hold white space at the ends of a value");
  }
  return value;
}

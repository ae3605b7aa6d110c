import { Buffer } from "node:buffer";
import { EgretError } from "../../../shared/errors.ts";
import type { Fields } from "../field-map.ts";
import { collectUpTo } from "./collect.ts";
import { decodeStream, parseContentCodings } from "./content-coding.ts";
import { parseContentLength } from "./content-length.ts";
import { isAscii } from "./escapes.ts";
import type { Matcher } from "./matcher.ts";
import { createReplacer, replaceAll } from "./replacer.ts";
import { MIN_SCRUBBED_BYTES } from "./spellings.ts";
import { pipeReplaced } from "./stream.ts";

/** Finds every spelling of the values to be scrubbed; its payloads are their placeholders. */
export type ValueMatcher = Matcher<Uint8Array>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Response bodies up to this length are scrubbed as a whole, so that their length is known. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

// The runtime decodes these by itself when a body is read: alone, and in lower case only.
const DECODED_BY_RUNTIME = new Set(["gzip", "br"]);
const MAX_UTF8_BYTES = 3;
const DIGESTS = ["Content-MD5", "Digest", "Content-Digest", "Repr-Digest"];

/**
 * Turns values in a header's value or a status text back into placeholders. Each of its characters
 * is one byte of what was sent (Latin-1), which mostly is UTF-8; both readings are searched. The
 * text itself where nothing is found.
 */
export function scrubFieldText(text: string, values: ValueMatcher): string {
  // No character has more bytes, so that this is too short for all values: "OK" is.
  if (text.length * MAX_UTF8_BYTES < MIN_SCRUBBED_BYTES) return text;
  const scrubbed = scrubBytes(text, encoder.encode(text), values);
  // Also where something was found: one header may hold a value in each of the readings.
  return isAscii(scrubbed)
    ? scrubbed
    : scrubBytes(scrubbed, Buffer.from(scrubbed, "latin1"), values);
}

function scrubBytes(text: string, bytes: Uint8Array, values: ValueMatcher): string {
  const scrubbed = replaceAll(values, putPlaceholder, bytes);
  return scrubbed === bytes ? text : decoder.decode(scrubbed);
}

/**
 * Turns values in the headers back into placeholders, in place. What is not changed is not set: its
 * bytes stay as they came.
 */
export function scrubHeaders(headers: Fields, values: ValueMatcher): void {
  const entries = [...headers];
  // Most answers hold none, which one search tells.
  const all = entries.map(([, value]) => value).join("\n");
  if (scrubFieldText(all, values) === all) return;
  const cookies = headers.getSetCookie();
  const scrubbedCookies = cookies.map((cookie) => scrubFieldText(cookie, values));
  if (scrubbedCookies.some((cookie, index) => cookie !== cookies[index])) {
    headers.delete("Set-Cookie");
    for (const cookie of scrubbedCookies) headers.append("Set-Cookie", cookie);
  }
  for (const [name, value] of entries) {
    if (name === "set-cookie") continue;
    const scrubbed = scrubFieldText(value, values);
    if (scrubbed !== value) headers.set(name, scrubbed);
  }
}

/**
 * Turns values in a response's body back into placeholders. `headers` are the response's own and
 * are brought in line with the new body, which is not coded any more: its length, coding, digests
 * and validators. A body of known length up to 1 MiB is scrubbed as a whole (server-sent events
 * never), any other streams in constant memory. Throws UPSTREAM_UNREACHABLE where such a whole
 * cannot be had.
 */
export async function scrubBody(
  stream: ReadableStream<Uint8Array>,
  headers: Fields,
  values: ValueMatcher,
): Promise<ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>> {
  const length = getShortLength(headers);
  const decoded = decodeBody(stream, headers);
  if (length === null) return scrubStream(decoded, headers, values);
  const collected = await collect(decoded, length);
  if (collected.rest !== null) return scrubStream(collected.rest, headers, values);
  const scrubbed = replaceAll(values, putPlaceholder, collected.bytes);
  headers.delete("Content-Length");
  if (scrubbed !== collected.bytes) dropValidators(headers);
  return scrubbed as Uint8Array<ArrayBuffer>;
}

async function collect(stream: ReadableStream<Uint8Array>, expectedBytes: number) {
  try {
    return await collectUpTo(stream, MAX_BUFFERED_BYTES, expectedBytes);
  } catch {
    throw new EgretError("UPSTREAM_UNREACHABLE", "The answer broke off or cannot be decoded");
  }
}

function scrubStream(
  stream: ReadableStream<Uint8Array>,
  headers: Fields,
  values: ValueMatcher,
): ReadableStream<Uint8Array> {
  headers.delete("Content-Length");
  weakenValidators(headers);
  const { readable, writable } = new IdentityTransformStream();
  // A failure ends the readable side with the same error; there is nobody else to tell.
  pipeReplaced(stream, writable, createReplacer(values, putPlaceholder)).catch(() => {});
  return readable;
}

/**
 * Undoes the codings that can be undone. What is coded in an unknown way is searched as it is: a
 * false Content-Encoding must not be a way around.
 */
function decodeBody(
  stream: ReadableStream<Uint8Array>,
  headers: Fields,
): ReadableStream<Uint8Array> {
  const coding = headers.get("Content-Encoding");
  const codings = parseContentCodings(coding);
  if (codings === null) return stream;
  headers.delete("Content-Encoding");
  if (codings.length > 0) weakenValidators(headers);
  return DECODED_BY_RUNTIME.has(coding ?? "") ? stream : decodeStream(stream, codings);
}

/** The Content-Length of a body that is to be scrubbed as a whole; null for any other. */
function getShortLength(headers: Fields): number | null {
  if (headers.get("Content-Type")?.toLowerCase().startsWith("text/event-stream")) return null;
  const length = parseContentLength(headers.get("Content-Length"));
  return length !== null && length <= MAX_BUFFERED_BYTES ? length : null;
}

/** For a body that was changed: neither its digests nor a strong ETag are true of it. */
function dropValidators(headers: Fields): void {
  for (const name of DIGESTS) headers.delete(name);
  if (!headers.get("ETag")?.startsWith("W/")) headers.delete("ETag");
}

/**
 * For a body whose bytes may have changed, or only its coding: a strong ETag promises bytes
 * (RFC 9110, section 8.8.3).
 */
function weakenValidators(headers: Fields): void {
  for (const name of DIGESTS) headers.delete(name);
  const etag = headers.get("ETag");
  if (etag?.startsWith('"')) headers.set("ETag", `W/${etag}`);
}

function putPlaceholder(placeholder: Uint8Array): Uint8Array {
  return placeholder;
}

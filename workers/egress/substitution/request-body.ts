import { type BodyKind, getBodyKind } from "./body-kind.ts";
import { collectUpTo } from "./collect.ts";
import {
  type ContentCodings,
  decodeStream,
  encodeStream,
  parseContentCodings,
} from "./content-coding.ts";
import { parseContentLength } from "./content-length.ts";
import { escapeValueBytes } from "./escapes.ts";
import { noteOutcome, type Outcome } from "./outcome.ts";
import { createReplacer, type Replace, replaceAll } from "./replacer.ts";
import { pipeReplaced, pipeUntouched } from "./stream.ts";
import { allowsLocation, type Credential, placeValue, type Substitution } from "./substitution.ts";
import { startUpload, type Upload } from "./upload.ts";

/** Bodies up to this length are changed as a whole, so that their Content-Length is right. */
export const MAX_BUFFERED_BYTES = 1024 * 1024;

/**
 * A body on its way to the upstream. `mayDiffer` says that its bytes are not, or may not be, those
 * that came in.
 */
export type SubstitutedBody = {
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null;
  mayDiffer: boolean;
  /** Of a body that is not here as a whole, nor short. */
  upload?: Upload;
};

/** A request's body with the headers that say how it is to be read. */
export type IncomingBody = {
  stream: ReadableStream<Uint8Array> | null;
  headers: Headers;
};

/**
 * Substitutes in a request's body. A body that can hold no value is handed on untouched; one of
 * known length up to MAX_BUFFERED_BYTES is changed as a whole; any other streams in constant
 * memory. Coded bodies are decoded, searched and encoded again.
 * Throws SECRET_NOT_ENCODABLE where the body's format cannot hold a value.
 */
export async function substituteBody(
  { stream, headers }: IncomingBody,
  substitution: Substitution,
  outcome: Outcome,
): Promise<SubstitutedBody> {
  const kind = getBodyKind(headers.get("Content-Type"));
  if (stream === null || kind === "untouched") return handOnBody({ stream, headers });
  const codings = parseContentCodings(headers.get("Content-Encoding"));
  if (codings === null) {
    noteUnreadable(substitution, outcome);
    return handOnBody({ stream, headers });
  }
  const replace = replaceInBody(kind, outcome);
  const length = parseContentLength(headers.get("Content-Length"));
  const isBuffered = length !== null && length <= MAX_BUFFERED_BYTES;
  // A small plain body is searched all the same, to say why a placeholder in it stays.
  if (!(isBuffered && codings.length === 0) && !mayChange(substitution))
    return handOnBody({ stream, headers });
  if (!isBuffered) {
    return streamReplaced(decodeStream(stream, codings), codings, substitution, replace);
  }
  const collected = await collectUpTo(stream, MAX_BUFFERED_BYTES, length);
  // Code that calls over a service binding may say any length that it likes.
  if (collected.rest !== null) {
    const decoded = decodeStream(collected.rest, codings);
    return streamReplaced(decoded, codings, substitution, replace);
  }
  const { bytes } = collected;
  if (codings.length > 0) return substituteCoded(bytes, codings, substitution, replace, outcome);
  const replaced = replaceAll(substitution.placeholders, replace, bytes);
  return { body: replaced as Uint8Array<ArrayBuffer>, mayDiffer: replaced !== bytes };
}

/** Hands on a body as it is. */
export function handOnBody({ stream, headers }: IncomingBody): SubstitutedBody {
  const length = parseContentLength(headers.get("Content-Length"));
  const isShort = length !== null && length <= MAX_BUFFERED_BYTES;
  if (stream === null || isShort) return { body: stream, mayDiffer: false };
  const { readable, writable } =
    length === null ? new IdentityTransformStream() : new FixedLengthStream(length);
  const upload = startUpload((observer) => pipeUntouched(stream, writable, observer));
  return { body: readable, mayDiffer: false, upload };
}

function replaceInBody(
  kind: Exclude<BodyKind, "untouched">,
  outcome: Outcome,
): Replace<Credential> {
  const written = new Map<Credential, Uint8Array | null>();
  return (credential) => {
    let bytes = written.get(credential);
    if (bytes === undefined) {
      bytes = placeValue(credential, "body", null, outcome, (value) =>
        escapeValueBytes(kind, value),
      );
      written.set(credential, bytes);
    }
    return bytes;
  };
}

async function substituteCoded(
  bytes: Uint8Array<ArrayBuffer>,
  codings: ContentCodings,
  substitution: Substitution,
  replace: Replace<Credential>,
  outcome: Outcome,
): Promise<SubstitutedBody> {
  let decoded: Awaited<ReturnType<typeof collectUpTo>>;
  try {
    decoded = await collectUpTo(decodeStream(toStream(bytes), codings), MAX_BUFFERED_BYTES);
  } catch {
    noteUnreadable(substitution, outcome);
    return { body: bytes, mayDiffer: false };
  }
  if (decoded.rest !== null) {
    return streamReplaced(decoded.rest, codings, substitution, replace);
  }
  const replaced = replaceAll(substitution.placeholders, replace, decoded.bytes);
  if (replaced === decoded.bytes) return { body: bytes, mayDiffer: false };
  const encoded = encodeStream(toStream(replaced), codings);
  return { body: new Uint8Array(await new Response(encoded).arrayBuffer()), mayDiffer: true };
}

function streamReplaced(
  decoded: ReadableStream<Uint8Array>,
  codings: ContentCodings,
  substitution: Substitution,
  replace: Replace<Credential>,
): SubstitutedBody {
  const { readable, writable } = new IdentityTransformStream();
  const replacer = createReplacer(substitution.placeholders, replace);
  const upload = startUpload((observer) => pipeReplaced(decoded, writable, replacer, observer));
  return { body: encodeStream(readable, codings), mayDiffer: true, upload };
}

function mayChange(substitution: Substitution): boolean {
  return substitution.credentials.some(mayStandInBody);
}

function mayStandInBody({ value, locations }: Credential): boolean {
  return value !== null && allowsLocation(locations, "body", null);
}

function noteUnreadable(substitution: Substitution, outcome: Outcome): void {
  for (const credential of substitution.credentials) {
    if (mayStandInBody(credential)) {
      noteOutcome(outcome.hindrances, credential, "encoding-not-supported");
    }
  }
}

function toStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new Response(bytes as Uint8Array<ArrayBuffer>).body as ReadableStream<Uint8Array>;
}

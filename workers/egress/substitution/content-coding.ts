import { Duplex } from "node:stream";
import {
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createGunzip,
  createGzip,
  createInflate,
  createZstdCompress,
  createZstdDecompress,
} from "node:zlib";

type ByteTransform = ReadableWritablePair<Uint8Array, Uint8Array>;
type Coding = { decode: () => Duplex; encode: () => Duplex };

const CODINGS: Record<string, Coding> = {
  gzip: { decode: createGunzip, encode: createGzip },
  deflate: { decode: createInflate, encode: createDeflate },
  br: { decode: createBrotliDecompress, encode: createBrotliCompress },
  zstd: { decode: createZstdDecompress, encode: createZstdCompress },
};

/** The codings that were applied to a body, in the order in which they were. */
export type ContentCodings = readonly Coding[];

/**
 * Parses Content-Encoding (RFC 9110, section 8.4). Empty for a body that is not coded; null where
 * one of the codings is unknown, so that the body cannot be read.
 */
export function parseContentCodings(header: string | null): ContentCodings | null {
  const codings: Coding[] = [];
  for (const item of (header ?? "").split(",")) {
    const name = item
      .trim()
      .toLowerCase()
      .replace(/^x-gzip$/, "gzip");
    if (name === "" || name === "identity") continue;
    const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
    if (coding === undefined) return null;
    codings.push(coding);
  }
  return codings;
}

/** Undoes the codings of a stream, the last applied first. */
export function decodeStream(
  stream: ReadableStream<Uint8Array>,
  codings: ContentCodings,
): ReadableStream<Uint8Array> {
  return codings
    .toReversed()
    .reduce((decoded, { decode }) => decoded.pipeThrough(toByteTransform(decode())), stream);
}

/** Applies the codings to a stream. */
export function encodeStream(
  stream: ReadableStream<Uint8Array>,
  codings: ContentCodings,
): ReadableStream<Uint8Array> {
  return codings.reduce(
    (encoded, { encode }) => encoded.pipeThrough(toByteTransform(encode())),
    stream,
  );
}

function toByteTransform(duplex: Duplex): ByteTransform {
  return Duplex.toWeb(duplex) as unknown as ByteTransform;
}

import { Duplex } from "node:stream";
import {
  constants,
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

// Each coding holds some memory, and a header has room for thousands of them.
const MAX_CODINGS = 2;

// The preset is the highest quality: seconds of CPU for a megabyte. This one is as fast as gzip.
const BROTLI_ENCODING = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
// A frame says how much memory its decoder needs; HTTP's limit is 8 MB (RFC 9659, section 3).
const ZSTD_DECODING = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };

const CODINGS: Record<string, Coding> = {
  gzip: { decode: createGunzip, encode: createGzip },
  deflate: { decode: createInflate, encode: createDeflate },
  br: { decode: createBrotliDecompress, encode: () => createBrotliCompress(BROTLI_ENCODING) },
  zstd: { decode: () => createZstdDecompress(ZSTD_DECODING), encode: createZstdCompress },
};

/** The codings that were applied to a body, in the order in which they were. */
export type ContentCodings = readonly Coding[];

/**
 * Parses Content-Encoding (RFC 9110, section 8.4). Empty for a body that is not coded; null where
 * one of the codings is unknown or there are more than two, so that the body cannot be read.
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
    if (coding === undefined || codings.length === MAX_CODINGS) return null;
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

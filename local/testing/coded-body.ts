import type { Buffer } from "node:buffer";
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";

const DECODERS: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/** Undoes a body's Content-Encoding as far as it can be; what cannot be decoded stays as it is. */
export function decodeAsSent(body: Buffer, headers: readonly [string, string][]): Buffer {
  const codings = headers
    .filter(([name]) => name.toLowerCase() === "content-encoding")
    .flatMap(([, value]) => value.split(","))
    .map((coding) => coding.trim().toLowerCase());
  try {
    return codings.reduceRight((decoded, coding) => DECODERS[coding]?.(decoded) ?? decoded, body);
  } catch {
    return body;
  }
}

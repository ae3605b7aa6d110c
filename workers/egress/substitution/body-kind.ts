import type { Escape } from "./escapes.ts";

/** How a body of some type is searched; `untouched` is never searched. */
export type BodyKind = Exclude<Escape, "percent"> | "untouched";

// Streams of messages with their lengths before them, whatever the messages are.
const FRAMED_TYPES = /^application\/(?:grpc|connect\+|vnd\.amazon\.eventstream$)/;
const JSON_TYPES =
  /^(?:application|text)\/(?:json|json5|x-json|x-ndjson|ndjson|jsonl|x-jsonl|jsonlines|x-jsonlines|json-seq|x-amz-json-1\.\d)$|\+json(?:-seq)?$/;
const XML_TYPES = /^(?:application|text)\/xml$|\+xml$/;
const UNTOUCHED_TYPES =
  /^(?:image|audio|video|font)\/|^application\/(?:octet-stream|pdf|wasm|zip|gzip|x-gzip|zstd|x-tar|x-bzip2|x-xz|x-7z-compressed|vnd\.rar|java-archive|x-protobuf|protobuf|proto|vnd\.google\.protobuf|msgpack|x-msgpack|vnd\.msgpack|cbor|x-amz-cbor-1\.\d|bson|avro|vnd\.apache\.(?:avro|parquet|arrow)|x-sqlite3|vnd\.sqlite3)(?:[.+-]|$)|\+(?:zip|gzip|protobuf|cbor|msgpack)$/;

/**
 * Says how a body is searched, by its Content-Type (RFC 9110, section 8.3). Types that hold binary
 * data with lengths and checksums are never touched; what is not known is searched as text.
 */
export function getBodyKind(contentType: string | null): BodyKind {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (FRAMED_TYPES.test(type)) return "untouched";
  if (JSON_TYPES.test(type)) return "json";
  if (type === "application/x-www-form-urlencoded") return "form";
  if (UNTOUCHED_TYPES.test(type) && type !== "image/svg+xml") return "untouched";
  if (XML_TYPES.test(type)) return "xml";
  return "raw";
}

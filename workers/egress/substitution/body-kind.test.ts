import { describe, expect, test } from "vitest";
import { getBodyKind } from "./body-kind.ts";

describe("getBodyKind", () => {
  test.each([
    "application/json",
    "Application/JSON; charset=UTF-8",
    "application/json;q=1;charset=utf-8",
    " application/json ; x=y",
    "text/json",
    "application/problem+json",
    "application/vnd.api+json; ext=bulk",
    "application/graphql+json",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/json-seq",
    "application/geo+json-seq",
    "application/x-amz-json-1.0",
    "application/x-amz-json-1.1",
  ])("%s is JSON", (type) => {
    expect(getBodyKind(type)).toBe("json");
  });

  test.each([
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=iso-8859-1",
    "APPLICATION/X-WWW-FORM-URLENCODED",
  ])("%s is a form", (type) => {
    expect(getBodyKind(type)).toBe("form");
  });

  test.each([
    "application/xml",
    "text/xml; charset=utf-8",
    "application/soap+xml; action=x",
    "application/xhtml+xml",
    "image/svg+xml",
    "Image/SVG+XML;charset=utf-8",
  ])("%s is XML", (type) => {
    expect(getBodyKind(type)).toBe("xml");
  });

  test.each([
    null,
    "",
    ";",
    "multipart/form-data; boundary=application/json",
    "multipart/form-data; boundary=image/png",
    "text/plain",
    "text/html",
    "text/csv; x=application/json",
    "application/graphql",
    "application/javascript",
    "text/javascript",
    "application/yaml",
    "application/jwt",
    "application/sql",
    "not a type",
    "application/jsonx",
    "application/zipper",
  ])("%s is text", (type) => {
    expect(getBodyKind(type)).toBe("raw");
  });

  test.each([
    "application/octet-stream",
    "image/png",
    "audio/mpeg",
    "VIDEO/mp4; codecs=avc1",
    "font/woff2",
    "application/zip",
    "application/pdf",
    "application/gzip",
    "application/grpc",
    "application/grpc+proto",
    "application/grpc+json",
    "application/grpc-web",
    "application/grpc-web-text+proto",
    "application/connect+json",
    "application/connect+proto",
    "application/proto",
    "application/protobuf",
    "application/x-protobuf; messageType=x",
    "application/vnd.google.protobuf",
    "application/cbor",
    "application/problem+cbor",
    "application/x-amz-cbor-1.1",
    "application/vnd.amazon.eventstream",
    "application/msgpack",
    "application/vnd.apache.arrow.stream",
    "application/wasm",
    "application/epub+zip",
  ])("%s is never touched", (type) => {
    expect(getBodyKind(type)).toBe("untouched");
  });
});

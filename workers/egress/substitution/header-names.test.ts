import { describe, expect, test } from "vitest";
import { mayHoldCredential } from "./header-names.ts";

describe("mayHoldCredential", () => {
  test.each([
    "authorization",
    "cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "private-token",
    "x-amz-security-token",
    "x-goog-api-key",
    "apikey",
    "dd-api-key",
    "x-custom",
    "sec-websocket-protocol",
    "x-vault-token",
    "x-ratelimit-bypass",
  ])("%s may", (name) => {
    expect(mayHoldCredential(name)).toBe(true);
  });

  test.each([
    "user-agent",
    "referer",
    "origin",
    "via",
    "forwarded",
    "accept",
    "accept-language",
    "content-type",
    "content-disposition",
    "content-md5",
    "range",
    "if-match",
    "if-none-match",
    "if-range",
    "date",
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "sentry-trace",
    "uber-trace-id",
    "x-trace-id",
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-amz-user-agent",
    "access-control-request-headers",
    "sec-fetch-site",
    "sec-ch-ua",
    "sec-websocket-key",
    "host",
  ])("%s may not, as servers echo or log it", (name) => {
    expect(mayHoldCredential(name)).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import {
  EgretError,
  ERROR_STATUS,
  type ErrorCode,
  renderErrorEnvelope,
  toEgretError,
} from "./errors.ts";

const CONTEXT = {
  source: "EGRET_API",
  path: "/api/secret",
  method: "POST",
  requestId: "request-1",
  now: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
} as const;

describe("an error", () => {
  it.each(Object.entries(ERROR_STATUS))("%s has the status %i and its text", (code, status) => {
    const error = new EgretError(code as ErrorCode, "message");
    expect(error.status).toBe(status);
    const envelope = renderErrorEnvelope(error, CONTEXT);
    expect(envelope.error).toMatch(/^[A-Z][A-Za-z ]+$/);
  });

  it("is rendered as the envelope that the SDKs read", () => {
    const error = new EgretError("CONFLICT", "A secret named A exists already", {
      headers: { Hidden: "1" },
      cause: new Error("private"),
    });
    expect(renderErrorEnvelope(error, CONTEXT)).toEqual({
      statusCode: 409,
      error: "Conflict",
      message: "A secret named A exists already",
      code: "CONFLICT",
      source: "EGRET_API",
      path: "/api/secret",
      method: "POST",
      timestamp: "2026-01-02T03:04:05.678Z",
      requestId: "request-1",
    });
  });

  it("that is meant for the caller passes as it is", () => {
    const error = new EgretError("NOT_FOUND", "message");
    expect(toEgretError(error)).toBe(error);
  });

  it.each([[new TypeError("private")], ["private"], [null], [undefined], [{ code: "CONFLICT" }]])(
    "%o becomes a 500 that says nothing, with the cause for the log",
    (thrown) => {
      const error = toEgretError(thrown);
      expect(error).toMatchObject({ code: "INTERNAL_ERROR", message: "Internal server error" });
      expect(error.cause).toBe(thrown);
    },
  );
});

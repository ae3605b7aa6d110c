import { LibsqlBatchError, LibsqlError } from "@libsql/client/web";
import { describe, expect, it } from "vitest";
import { EgretError } from "../errors.ts";
import { isUniqueViolation, translateDatabaseError } from "./database-error.ts";

function wrap(cause: unknown): Error {
  return new Error("Failed query: select 1", { cause });
}

describe("a unique violation", () => {
  it.each(["SQLITE_CONSTRAINT", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"])(
    "is known by %s of the first statement, under any wrapping",
    (code) => {
      const error = new LibsqlBatchError("failed", 0, code);
      expect(isUniqueViolation(error)).toBe(true);
      expect(isUniqueViolation(wrap(wrap(error)))).toBe(true);
    },
  );

  it.each<[string, unknown]>([
    ["a later statement", new LibsqlBatchError("failed", 1, "SQLITE_CONSTRAINT")],
    ["another constraint", new LibsqlBatchError("failed", 0, "SQLITE_CONSTRAINT_TRIGGER")],
    ["no database's error", new Error("SQLITE_CONSTRAINT")],
    ["nothing", undefined],
  ])("is not %s", (_, error) => {
    expect(isUniqueViolation(error)).toBe(false);
  });
});

describe("a database's failure", () => {
  it.each([
    "SERVER_ERROR",
    "HRANA_CLOSED_ERROR",
    "HRANA_PROTO_ERROR",
    "STREAM_EXPIRED",
    "TRANSACTION_CLOSED",
    "UNKNOWN",
    "SQLITE_BUSY",
    "SQLITE_BUSY_SNAPSHOT",
    "SQLITE_IOERR_READ",
    "SQLITE_FULL",
  ])("%s is a 503, to be tried again", (code) => {
    const error = wrap(new LibsqlError("failed", code));
    expect(translateDatabaseError(error)).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      headers: { "Retry-After": "5" },
      cause: error,
    });
  });

  it("of a body that does not come in time is one too", () => {
    const late = wrap(new DOMException("late", "TimeoutError"));
    expect(translateDatabaseError(late)).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });

  it("of an answer that is no JSON is one too", () => {
    const garbage = wrap(new SyntaxError("Unexpected token"));
    expect(translateDatabaseError(garbage)).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });

  it.each(["SQLITE_CONSTRAINT", "SQLITE_ERROR", "SQL_PARSE_ERROR", "ARGS_INVALID"])(
    "%s is a fault of ours and stays what it is",
    (code) => {
      const error = wrap(new LibsqlError("failed", code));
      expect(translateDatabaseError(error)).toBe(error);
    },
  );

  it("that was translated already is found under its wrapping", () => {
    const meant = new EgretError("SERVICE_UNAVAILABLE", "The database cannot be reached");
    expect(translateDatabaseError(wrap(meant))).toBe(meant);
  });

  it("whose causes turn in a circle ends", () => {
    const error = new Error("round");
    error.cause = error;
    expect(translateDatabaseError(error)).toBe(error);
  });
});

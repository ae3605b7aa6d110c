import Database from "libsql";

/** A statement or pipeline step that failed: reported inside the answer, the stream lives on. */
export class SqlError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "SqlError";
    this.code = code;
  }
}

/** A request that cannot be served at all: reported with an HTTP status, the stream is gone. */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "RequestError";
    this.status = status;
    this.code = code;
  }
}

const SQLITE_BUSY = 5;
const SQLITE_BUSY_SNAPSHOT = 517;
const PRIMARY_CODE_MASK = 0xff;

/** Names of SQLite's primary result codes (https://www.sqlite.org/rescode.html). */
const PRIMARY_CODE_NAMES: Readonly<Record<number, string>> = {
  2: "SQLITE_INTERNAL",
  3: "SQLITE_PERM",
  4: "SQLITE_ABORT",
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  7: "SQLITE_NOMEM",
  8: "SQLITE_READONLY",
  9: "SQLITE_INTERRUPT",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  12: "SQLITE_NOTFOUND",
  13: "SQLITE_FULL",
  14: "SQLITE_CANTOPEN",
  15: "SQLITE_PROTOCOL",
  17: "SQLITE_SCHEMA",
  18: "SQLITE_TOOBIG",
  19: "SQLITE_CONSTRAINT",
  20: "SQLITE_MISMATCH",
  21: "SQLITE_MISUSE",
  22: "SQLITE_NOLFS",
  23: "SQLITE_AUTH",
  25: "SQLITE_RANGE",
  26: "SQLITE_NOTADB",
};

const SYNTAX_ERROR = /syntax error|incomplete input|unrecognized token|parser stack overflow/;
const NAME_ERROR = /^(no such column|no such function|ambiguous column name|wrong number of arg)/;

/**
 * Says whether an engine error means that another connection holds the write lock, so that the
 * same statement may succeed later. A stale snapshot is not that: waiting does not mend it.
 */
export function isLockBusy(error: unknown): boolean {
  if (!(error instanceof Database.SqliteError) || error.rawCode === undefined) return false;
  const isBusy = (error.rawCode & PRIMARY_CODE_MASK) === SQLITE_BUSY;
  return isBusy && error.rawCode !== SQLITE_BUSY_SNAPSHOT;
}

/**
 * Turns what the engine threw into the error sqld would report: its codes (SQLite's primary
 * result codes and a few of its own) and its message prefixes (libsql-server, hrana/stmt.rs).
 */
export function toSqlError(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  if (!(error instanceof Database.SqliteError) || error.rawCode === undefined) {
    const message = error instanceof Error ? error.message : "unknown engine error";
    return new SqlError("SQLITE_UNKNOWN", `SQLite error: ${message}`);
  }
  const name = PRIMARY_CODE_NAMES[error.rawCode & PRIMARY_CODE_MASK];
  if (name !== undefined) return new SqlError(name, `SQLite error: ${error.message}`);
  if (SYNTAX_ERROR.test(error.message)) {
    return new SqlError("SQL_PARSE_ERROR", `SQL string could not be parsed: ${error.message}`);
  }
  if (NAME_ERROR.test(error.message)) {
    return new SqlError("SQL_INPUT_ERROR", `SQL input error: ${error.message}`);
  }
  return new SqlError("SQLITE_UNKNOWN", `SQLite error: ${error.message}`);
}

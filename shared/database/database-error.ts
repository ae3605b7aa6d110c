import { LibsqlBatchError, LibsqlError } from "@libsql/client/web";
import { DrizzleQueryError } from "drizzle-orm";
import { EgretError } from "../errors.ts";

// Codes of failures that lie with the database or the way to it, not with the statement.
const UNAVAILABLE =
  /^(?:SERVER_ERROR|HRANA_\w+|STREAM_\w+|TRANSACTION_\w+|UNKNOWN|BLOCKED|SQLITE_(?:BUSY|LOCKED|IOERR|FULL|READONLY|CANTOPEN|INTERRUPT)\w*)$/;

/**
 * Whether the first statement of a batch failed because a row with the same unique columns exists.
 * Servers give either SQLite's extended code or only the primary one, so the statement must have no
 * other constraint that it could break.
 */
export function isUniqueViolation(thrown: unknown): boolean {
  return listCauses(thrown).some(
    (cause) =>
      cause instanceof LibsqlBatchError &&
      cause.statementIndex === 0 &&
      /^SQLITE_CONSTRAINT(?:_UNIQUE|_PRIMARYKEY)?$/.test(cause.code),
  );
}

/**
 * Gives SERVICE_UNAVAILABLE for whatever a database client throws when the database is gone, slow
 * or busy; everything else is given back as it came.
 */
export function translateDatabaseError(thrown: unknown): unknown {
  const causes = listCauses(thrown);
  const meant = causes.find((cause) => cause instanceof EgretError);
  if (meant !== undefined) return meant;
  if (!causes.some(isUnavailable)) return thrown;
  return new EgretError("SERVICE_UNAVAILABLE", "The database cannot be reached", {
    headers: { "Retry-After": "5" },
    cause: thrown,
  });
}

/** Whether an error's message holds a query's text and its parameters, which no log may show. */
export function holdsQueryText(error: Error): boolean {
  return error instanceof DrizzleQueryError;
}

function isUnavailable(cause: unknown): boolean {
  if (cause instanceof LibsqlError) return UNAVAILABLE.test(cause.code);
  // What comes instead of a database may answer with something that is no JSON.
  if (cause instanceof SyntaxError) return true;
  // The answer's body is read after fetch has returned: its time-out comes bare.
  return cause instanceof DOMException && cause.name === "TimeoutError";
}

/** An error and its causes, outermost first; drizzle and the client wrap what they are given. */
function listCauses(thrown: unknown): unknown[] {
  const causes: unknown[] = [];
  for (
    let cause = thrown;
    cause !== undefined && cause !== null && !causes.includes(cause);
    cause = cause instanceof Error ? cause.cause : undefined
  ) {
    causes.push(cause);
  }
  return causes;
}

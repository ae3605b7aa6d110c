import { RequestError, SqlError } from "../errors.ts";
import type { Stream } from "../streams.ts";

const MAX_STORED_TEXTS = 150;

/** SQL given in the request or by the number under which the stream stores it. */
export type SqlReference = { sql?: string | null | undefined; sql_id?: number | null | undefined };

/** Finds the SQL text that is meant. @throws RequestError 400 */
export function getSql(stream: Stream, { sql, sql_id: sqlId }: SqlReference): string {
  const hasSql = sql !== undefined && sql !== null;
  const hasId = sqlId !== undefined && sqlId !== null;
  if (hasSql && !hasId) return sql;
  if (hasSql || !hasId) {
    throw new RequestError(400, "BAD_REQUEST", "Either sql or sql_id is required, and not both");
  }
  const stored = stream.storedSql.get(sqlId);
  if (stored === undefined) {
    throw new RequestError(400, "BAD_REQUEST", `sql_id: there is no SQL text ${sqlId}`);
  }
  return stored;
}

/**
 * Stores an SQL text for later requests of the stream.
 * @throws RequestError 400 when the number is taken, SqlError SQL_STORE_TOO_MANY
 */
export function storeSql(stream: Stream, sqlId: number, sql: string): void {
  if (stream.storedSql.has(sqlId)) {
    throw new RequestError(400, "BAD_REQUEST", `sql_id: SQL text ${sqlId} exists already`);
  }
  if (stream.storedSql.size >= MAX_STORED_TEXTS) {
    throw new SqlError("SQL_STORE_TOO_MANY", `More than ${MAX_STORED_TEXTS} stored SQL texts`);
  }
  stream.storedSql.set(sqlId, sql);
}

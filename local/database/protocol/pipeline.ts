import { RequestError, SqlError, toSqlError } from "../errors.ts";
import { splitStatements } from "../sql/statement-text.ts";
import { executeStatement } from "../statement.ts";
import type { Stream } from "../streams.ts";
import { checkConditions, executeBatch, type HranaError, toHranaError } from "./batch.ts";
import { describeStatement } from "./describe.ts";
import type { HranaVersion, StreamRequest } from "./requests.ts";
import { getSql, storeSql } from "./stored-sql.ts";

/** The answer to one request of a pipeline (HRANA_3_SPEC.md, "StreamResult"). */
export type StreamResult =
  | { type: "ok"; response: { type: string; [field: string]: unknown } }
  | { type: "error"; error: HranaError };

/**
 * Runs the requests of a pipeline in order on a stream. All of them run, also after one failed.
 * @throws RequestError 400 when the protocol is violated; the stream is then of no further use
 */
export async function runPipeline(
  stream: Stream,
  requests: StreamRequest[],
  version: HranaVersion,
): Promise<StreamResult[]> {
  for (const request of requests) {
    if (request.type === "batch") checkConditions(request.batch.steps, version);
  }
  const results: StreamResult[] = [];
  for (const request of requests) {
    try {
      const fields = await runRequest(stream, request, version);
      results.push({ type: "ok", response: { type: request.type, ...fields } });
    } catch (error) {
      if (error instanceof RequestError) throw error;
      results.push({ type: "error", error: toHranaError(toSqlError(error)) });
    }
  }
  return results;
}

async function runRequest(
  stream: Stream,
  request: StreamRequest,
  version: HranaVersion,
): Promise<Record<string, unknown>> {
  switch (request.type) {
    case "execute": {
      const statement = { ...request.stmt, sql: getSql(stream, request.stmt) };
      return { result: await executeStatement(stream.connection, stream.queue, statement) };
    }
    case "batch":
      return { result: await executeBatch(stream, request.batch.steps) };
    case "sequence":
      await executeSequence(stream, getSql(stream, request));
      return {};
    case "describe":
      return { result: describeStatement(stream.connection, getSql(stream, request)) };
    case "store_sql":
      storeSql(stream, request.sql_id, request.sql);
      return {};
    case "close_sql":
      stream.storedSql.delete(request.sql_id);
      return {};
    case "get_autocommit":
      if (version < 3) {
        throw new SqlError("NOT_SUPPORTED", "get_autocommit needs version 3 of the protocol");
      }
      return { is_autocommit: !stream.connection.inTransaction };
    case "close":
      stream.close();
      return {};
    case "unknown":
      throw new SqlError("UNKNOWN_REQUEST", `Unknown request type ${JSON.stringify(request.name)}`);
  }
}

/** Runs the statements of an SQL text until one fails; rows are dropped. */
async function executeSequence(stream: Stream, sql: string): Promise<void> {
  for (const text of splitStatements(sql)) {
    const statement = { sql: text.sql, want_rows: false };
    await executeStatement(stream.connection, stream.queue, statement);
  }
}

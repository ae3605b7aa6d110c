import type { Connection, StatementOutcome } from "./engine/connection.ts";
import type { PreparedStatement } from "./engine/statement-cache.ts";
import { findTextFault } from "./engine/text.ts";
import type { WriteQueue } from "./engine/write-queue.ts";
import { SqlError } from "./errors.ts";
import type { Statement } from "./protocol/requests.ts";
import { type EngineValue, type HranaValue, toHranaValue } from "./protocol/values.ts";
import type { StatementText } from "./sql/statement-text.ts";

/** The result of a statement (HRANA_3_SPEC.md, "Statement results"; the last three are sqld's). */
export type StatementResult = {
  cols: { name: string; decltype: string | null }[];
  rows: HranaValue[][];
  affected_row_count: number;
  last_insert_rowid: string | null;
  /** Rows given back: the engine does not tell how many it visited. */
  rows_read: number;
  rows_written: number;
  query_duration_ms: number;
};

/** A statement's SQL and arguments, its stored text already looked up. */
export type BoundStatement = Omit<Statement, "sql" | "sql_id"> & { sql: string };

/**
 * Runs one statement on a connection, waiting for the write lock if it needs it.
 * @throws SqlError, or what the engine throws
 */
export async function executeStatement(
  connection: Connection,
  queue: WriteQueue,
  statement: BoundStatement,
): Promise<StatementResult> {
  const startedAt = performance.now();
  const prepared = connection.prepare(statement.sql);
  const args = bindArguments(prepared.text, statement);
  const { kind } = prepared.text;
  const needsLock = (kind === "write" && !connection.holdsWriteLock) || kind === "begin-write";
  let outcome: StatementOutcome;
  try {
    outcome = await queue.run(() => runPrepared(connection, prepared, args), needsLock);
  } finally {
    if (!connection.inTransaction) queue.wake();
  }
  const { isChange, isInsert } = prepared.text;
  const changes = isChange ? outcome.changes : 0;
  return {
    cols: outcome.columns,
    rows: statement.want_rows === false ? [] : outcome.rows.map((row) => row.map(toHranaValue)),
    affected_row_count: changes,
    last_insert_rowid: isInsert ? outcome.lastInsertRowId.toString() : null,
    rows_read: outcome.rows.length,
    rows_written: changes,
    query_duration_ms: performance.now() - startedAt,
  };
}

/** One attempt, which fails busy only while it has changed nothing. */
function runPrepared(
  connection: Connection,
  prepared: PreparedStatement,
  args: EngineValue[],
): StatementOutcome {
  const { text } = prepared;
  if (text.kind === "control" || text.kind === "begin-write") {
    connection.control(text);
    return { columns: [], rows: [], changes: 0, lastInsertRowId: 0n };
  }
  if (text.kind !== "write") return connection.execute(prepared, args);
  const isOurs = connection.takeWriteLock();
  try {
    return connection.execute(prepared, args);
  } finally {
    // also after an error: what the statement's conflict clause kept, a lone statement keeps
    if (isOurs) connection.commit();
  }
}

/**
 * Puts the arguments into the order of the statement's parameters. Named ones come first, with or
 * without their prefix, then those by position (HRANA_3_SPEC.md, "Statements").
 * @throws SqlError ARGS_INVALID
 */
export function bindArguments(text: StatementText, statement: BoundStatement): EngineValue[] {
  const { parameters } = text;
  const args = statement.args ?? [];
  const named = new Map(statement.named_args?.map(({ name, value }) => [name, value]));
  if (args.length > parameters.length) {
    throw argumentsError(`too many parameters, expected ${parameters.length} found ${args.length}`);
  }
  const bound = parameters.map((name, index) => {
    const byName = findNamed(named, name);
    const value = byName === undefined ? args[index] : byName;
    if (value === undefined && !text.isExplain) {
      throw argumentsError(`value for parameter ${name ?? index + 1} not found`);
    }
    const fault = typeof value === "string" ? findTextFault(value) : null;
    if (fault !== null) throw argumentsError(`parameter ${name ?? index + 1} contains ${fault}`);
    return value ?? null;
  });
  for (const name of named.keys()) {
    if (!parameters.some((parameter) => parameter === name || parameter?.slice(1) === name)) {
      throw argumentsError(`there is no parameter ${name}`);
    }
  }
  return bound;
}

function findNamed(named: Map<string, EngineValue>, name: string | null): EngineValue | undefined {
  if (name === null || named.size === 0) return undefined;
  const value = named.get(name);
  return value === undefined ? named.get(name.slice(1)) : value;
}

function argumentsError(reason: string): SqlError {
  return new SqlError("ARGS_INVALID", `Arguments do not match SQL parameters: ${reason}`);
}

import Database from "libsql";
import { SqlError } from "../errors.ts";
import type { EngineValue } from "../protocol/values.ts";
import { type StatementText, splitStatements } from "../sql/statement-text.ts";
import { findTextFault } from "./text.ts";

/** A column of a result, as Hrana names its parts. */
export type Column = { name: string; decltype: string | null };

/** What a statement did. */
export type StatementOutcome = {
  columns: Column[];
  rows: EngineValue[][];
  changes: number;
  lastInsertRowId: bigint | number;
};

type PreparedStatement = {
  text: StatementText;
  statement: Database.Statement;
  returnsRows: boolean;
  columns: Column[];
  /** The schema version that `columns` belongs to; -1: not read yet. */
  columnsVersion: number;
};

const MAX_CACHED_STATEMENTS = 200;
const NO_COLUMNS: Column[] = [];

/**
 * One connection of the engine to the database file, with its prepared statements cached.
 *
 * Traps of the engine (libsql 0.5), which this class keeps from the rest of the server:
 * - A prepared statement that failed with SQLITE_BUSY stays in progress and cannot be reset, so
 *   prepared statements run only once the write lock is held; see `takeWriteLock`.
 * - Parameters that are not bound keep their value from the run before: bind all of them.
 * - Text that is not valid UTF-8 (from a CAST of a blob, say) aborts the process when it is read.
 */
export class Connection {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #readSchemaVersion: Database.Statement;
  readonly #readChanges: Database.Statement;
  #holdsWriteLock = false;
  #isAltered = false;

  /** Opens the file, creating it if need be, with foreign keys enforced and WAL's usual durability. */
  constructor(file: string) {
    this.#database = new Database(file);
    this.#database.defaultSafeIntegers(true);
    this.#database.exec("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL");
    this.#readSchemaVersion = this.#database.prepare("PRAGMA schema_version").raw();
    this.#readChanges = this.#database.prepare("SELECT changes(), last_insert_rowid()").raw();
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  /** True once a statement left something behind that the next user of the connection would see. */
  get isAltered(): boolean {
    return this.#isAltered;
  }

  get holdsWriteLock(): boolean {
    return this.#holdsWriteLock && this.#database.inTransaction;
  }

  /**
   * Takes the write lock without waiting, beginning a transaction if none is open.
   * @returns true if it began one, which the caller has to end.
   * @throws the engine's SQLITE_BUSY when the lock is taken, SQLITE_BUSY_SNAPSHOT when the open
   *   transaction has read a state that is no longer the latest.
   */
  takeWriteLock(): boolean {
    if (this.holdsWriteLock) return false;
    const isBeginning = !this.#database.inTransaction;
    // the pragma does nothing but take the lock: it is the one statement that can, without a table
    this.#database.exec(isBeginning ? "BEGIN IMMEDIATE" : "PRAGMA incremental_vacuum(1)");
    this.#holdsWriteLock = true;
    return isBeginning;
  }

  /** Runs transaction control, or another statement that takes no arguments and gives no rows. */
  control(text: StatementText): void {
    // asked before: a lock held in an earlier transaction must not count in one begun here
    const heldBefore = this.holdsWriteLock;
    this.#database.exec(text.sql);
    this.#holdsWriteLock = text.kind === "begin-write" || heldBefore;
  }

  /** Ends the open transaction, if any, undoing it. */
  rollback(): void {
    if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
  }

  /** Ends the open transaction, if any, keeping its changes; undoes them if that fails. */
  commit(): void {
    if (!this.#database.inTransaction) return;
    try {
      this.#database.exec("COMMIT");
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Runs SQL that has no result, such as a pragma of our own. */
  run(sql: string): void {
    this.#database.exec(sql);
  }

  /**
   * Prepares a single statement, or finds it prepared.
   * @throws SqlError SQL_NO_STATEMENT, SQL_MANY_STATEMENTS; what the engine throws.
   */
  prepare(sql: string): PreparedStatement {
    const cached = this.#statements.get(sql);
    if (cached) return cached;
    const prepared = this.#compile(sql);
    this.#statements.set(sql, prepared);
    if (this.#statements.size > MAX_CACHED_STATEMENTS) {
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest);
        break;
      }
    }
    return prepared;
  }

  #compile(sql: string): PreparedStatement {
    const fault = findTextFault(sql);
    if (fault !== null) throw new SqlError("SQL_PARSE_ERROR", `SQL string contains ${fault}`);
    const [text, second] = splitStatements(sql);
    if (!text) throw new SqlError("SQL_NO_STATEMENT", "SQL string does not contain any statement");
    if (second) {
      throw new SqlError("SQL_MANY_STATEMENTS", "SQL string contains more than one statement");
    }
    const statement = this.#database.prepare(text.sql);
    const returnsRows = statement.reader;
    if (returnsRows) statement.raw();
    return { text, statement, returnsRows, columns: NO_COLUMNS, columnsVersion: -1 };
  }

  /** Runs a prepared statement to its end, with one argument for every parameter. */
  execute(prepared: PreparedStatement, args: EngineValue[]): StatementOutcome {
    const { text, statement } = prepared;
    if (text.altersConnection) this.#isAltered = true;
    if (prepared.returnsRows) {
      const rows = statement.all(args) as EngineValue[][];
      const [changes, lastInsertRowId] = text.isChange ? this.#getChanges() : [0, 0n];
      return { columns: this.getColumns(prepared), rows, changes, lastInsertRowId };
    }
    const info = statement.run(args);
    if (Number.isSafeInteger(info.lastInsertRowid)) {
      const { changes, lastInsertRowid: lastInsertRowId } = info;
      return { columns: NO_COLUMNS, rows: [], changes, lastInsertRowId };
    }
    // the engine reports the row id as a double, which is too short for this one
    const [changes, lastInsertRowId] = this.#getChanges();
    return { columns: NO_COLUMNS, rows: [], changes, lastInsertRowId };
  }

  #getChanges(): [number, bigint] {
    const [changes, rowId] = this.#readChanges.get([]) as [bigint, bigint];
    return [Number(changes), rowId];
  }

  /** Names and declared types of the result's columns, as of the current schema. */
  getColumns(prepared: PreparedStatement): Column[] {
    if (!prepared.returnsRows) return NO_COLUMNS;
    // the version covers the main schema only, not temporary or attached tables
    const version = this.#isAltered ? -1 : this.#getSchemaVersion();
    if (version === -1 || prepared.columnsVersion !== version) {
      const columns = prepared.statement.columns();
      prepared.columns = columns.map(({ name, type }) => ({ name, decltype: type }));
      prepared.columnsVersion = version;
    }
    return prepared.columns;
  }

  #getSchemaVersion(): number {
    const [version] = this.#readSchemaVersion.get([]) as [bigint];
    return Number(version);
  }

  /** Lets go of the file once its statements are collected. Not to be used afterwards. */
  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}

export type { PreparedStatement };

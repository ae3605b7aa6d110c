import Database from "libsql";
import type { EngineValue } from "../protocol/values.ts";
import type { StatementText } from "../sql/statement-text.ts";
import { type Column, type PreparedStatement, StatementCache } from "./statement-cache.ts";

/** What a statement did. */
export type StatementOutcome = {
  columns: Column[];
  rows: EngineValue[][];
  changes: number;
  lastInsertRowId: bigint | number;
};

const NO_COLUMNS: Column[] = [];

/**
 * One connection of the engine to the database file, with its prepared statements cached.
 *
 * Traps of the engine (libsql 0.5), which this class keeps from the rest of the server:
 * - A prepared statement that failed with SQLITE_BUSY stays in progress and cannot be reset, so
 *   prepared statements run only once the write lock is held; see `takeWriteLock`.
 * - Parameters that are not bound keep their value from the run before: bind all of them.
 * - EXPLAIN stays in progress when it has given its rows, and keeps the connection at the state it
 *   read: such a connection is not used again.
 * - Text that is not valid UTF-8 (from a CAST of a blob, say) aborts the process when it is read.
 */
export class Connection {
  readonly #database: Database.Database;
  readonly #statements: StatementCache;
  readonly #readSchemaVersion: Database.Statement;
  readonly #readChanges: Database.Statement;
  #holdsWriteLock = false;
  #isAltered = false;

  /** Opens the file, creating it if need be, with foreign keys enforced and WAL's usual durability. */
  constructor(file: string) {
    this.#database = new Database(file);
    this.#database.defaultSafeIntegers(true);
    this.#database.exec("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL");
    this.#statements = new StatementCache(this.#database);
    this.#readSchemaVersion = this.#database.prepare("PRAGMA schema_version").raw();
    this.#readChanges = this.#database.prepare("SELECT changes(), last_insert_rowid()").raw();
  }

  get inTransaction(): boolean {
    // asked after closing, the engine aborts the process
    return this.#database.open && this.#database.inTransaction;
  }

  /** True once a statement left something behind that the next user of the connection would see. */
  get isAltered(): boolean {
    return this.#isAltered;
  }

  get holdsWriteLock(): boolean {
    return this.#holdsWriteLock && this.inTransaction;
  }

  /**
   * Takes the write lock without waiting, beginning a transaction if none is open.
   * @returns true if it began one, which the caller has to end.
   * @throws the engine's SQLITE_BUSY when the lock is taken, SQLITE_BUSY_SNAPSHOT when the open
   *   transaction has read a state that is no longer the latest.
   */
  takeWriteLock(): boolean {
    if (this.holdsWriteLock) return false;
    const isBeginning = !this.inTransaction;
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
    if (this.inTransaction) this.#database.exec("ROLLBACK");
  }

  /** Ends the open transaction, if any, keeping its changes; undoes them if that fails. */
  commit(): void {
    if (!this.inTransaction) return;
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

  /** Prepares a single statement, or finds it prepared. @throws as StatementCache.get does */
  prepare(sql: string): PreparedStatement {
    return this.#statements.get(sql);
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

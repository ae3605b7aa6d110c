import type Database from "libsql";
import { SqlError } from "../errors.ts";
import { type StatementText, splitStatements } from "../sql/statement-text.ts";
import { findTextFault } from "./text.ts";

/** A column of a result, as Hrana names its parts. */
export type Column = { name: string; decltype: string | null };

/** A statement as the engine has prepared it, and what is known of it. */
export type PreparedStatement = {
  text: StatementText;
  statement: Database.Statement;
  returnsRows: boolean;
  columns: Column[];
  /** The schema version that `columns` belongs to; -1: not read yet. */
  columnsVersion: number;
};

const MAX_STATEMENTS = 200;

/** The prepared statements of one connection, by their SQL; the oldest goes when there are many. */
export class StatementCache {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, PreparedStatement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /**
   * Prepares a single statement, or finds it prepared.
   * @throws SqlError SQL_NO_STATEMENT, SQL_MANY_STATEMENTS, SQL_PARSE_ERROR; what the engine throws
   */
  get(sql: string): PreparedStatement {
    const cached = this.#statements.get(sql);
    if (cached) return cached;
    const prepared = this.#prepare(sql);
    this.#statements.set(sql, prepared);
    const [oldest] = this.#statements.keys();
    if (oldest !== undefined && this.#statements.size > MAX_STATEMENTS) {
      this.#statements.delete(oldest);
    }
    return prepared;
  }

  #prepare(sql: string): PreparedStatement {
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
    return { text, statement, returnsRows, columns: [], columnsVersion: -1 };
  }

  clear(): void {
    this.#statements.clear();
  }
}

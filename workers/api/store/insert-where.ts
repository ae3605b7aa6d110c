import { getTableColumns, type InferInsertModel, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../../../shared/database/database.ts";

/**
 * Builds `INSERT … SELECT … WHERE condition`: the row is written only while the condition holds,
 * judged in the same statement.
 */
export function insertWhere<Table extends SQLiteTable>(
  database: Database,
  table: Table,
  row: InferInsertModel<Table>,
  condition: SQL,
) {
  const given = row as Record<string, unknown>;
  const values = Object.entries(getTableColumns(table)).map(([field, column]) => {
    const value = given[field] ?? null;
    return value === null ? sql`null` : sql`${sql.param(value, column)}`;
  });
  return database.insert(table).select(sql`select ${sql.join(values, sql`, `)} where ${condition}`);
}

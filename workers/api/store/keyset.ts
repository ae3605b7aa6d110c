import { asc, type Column, desc, type SQL, sql } from "drizzle-orm";

/** The place of a row in a sorted list: the value of its sort column, and its id. */
export type Position = { value: string | number; id: string };

/** The direction of a sorted list. */
export type SortOrder = "asc" | "desc";

/** Sorts by a column; the id makes the order total, so that no two rows share a place. */
export function orderByKeyset(column: Column, id: Column, order: SortOrder): SQL[] {
  const direct = order === "asc" ? asc : desc;
  return [direct(column), direct(id)];
}

/** The rows after a position: a row-value comparison, which an index on both columns answers. */
export function isAfter(column: Column, id: Column, order: SortOrder, position: Position): SQL {
  const operator = sql.raw(order === "asc" ? ">" : "<");
  return sql`(${column}, ${id}) ${operator} (${position.value}, ${position.id})`;
}

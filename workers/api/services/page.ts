import type { Position } from "../store/keyset.ts";
import { type CursorScope, decodeCursor, encodeCursor } from "./cursor.ts";

/** One page of a list, and where the next one begins (null on the last). */
export type Page<Item> = { items: Item[]; nextCursor: string | null };

/** Where a page begins: null for the first. */
export function readPosition(cursor: string | undefined, scope: CursorScope): Position | null {
  return cursor === undefined ? null : decodeCursor(cursor, scope);
}

/**
 * Cuts rows, of which one more than `limit` was read, to a page: the row too many shows that there
 * is a next one.
 */
export function cutPage<Row extends { id: string }>(
  rows: Row[],
  limit: number,
  scope: CursorScope,
  getSortValue: (row: Row) => string | number,
): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    items,
    nextCursor: hasMore ? encodeCursor(scope, { value: getSortValue(last), id: last.id }) : null,
  };
}

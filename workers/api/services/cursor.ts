import { Buffer } from "node:buffer";
import { EgretError } from "../../../shared/errors.ts";
import { isStorableText } from "../../../shared/text.ts";
import type { Position, SortOrder } from "../store/keyset.ts";

/** The list a cursor belongs to: it is of no use in another. */
export type CursorScope = {
  sort: string;
  order: SortOrder;
  /** The list's filters in a fixed spelling. */
  filter: string;
  /** The field that cursors are given in; `cursor` unless said otherwise. */
  field?: string;
};

const VERSION = 1;

/** Makes the cursor of the page after `position`: base64url of JSON, opaque to the caller. */
export function encodeCursor(scope: CursorScope, position: Position): string {
  const { sort, order, filter } = scope;
  const content = [VERSION, sort, order, filter, position.value, position.id];
  return Buffer.from(JSON.stringify(content)).toString("base64url");
}

/**
 * Reads a cursor back. INVALID_REQUEST where it is not one of ours or was made for another sort,
 * order or filter. It only says where to go on within the caller's own rows, so it is not signed.
 */
export function decodeCursor(cursor: string, scope: CursorScope): Position {
  const { field = "cursor" } = scope;
  const content = parseContent(cursor);
  const [version, sort, order, filter, value, id] = content ?? [];
  if (
    content?.length !== 6 ||
    version !== VERSION ||
    !isSortValue(value) ||
    typeof id !== "string" ||
    !isStorableText(id)
  ) {
    throw new EgretError("INVALID_REQUEST", `${field}: is not one that this list gave`);
  }
  if (sort !== scope.sort || order !== scope.order || filter !== scope.filter) {
    throw new EgretError(
      "INVALID_REQUEST",
      `${field}: was given for another sort, order or filter; start again without it`,
    );
  }
  return { value, id };
}

function isSortValue(value: unknown): value is string | number {
  return typeof value === "string" ? isStorableText(value) : Number.isFinite(value);
}

function parseContent(cursor: string): unknown[] | null {
  const bytes = Buffer.from(cursor, "base64url");
  // The decoder skips what is not base64url; such a cursor is not ours.
  if (bytes.toString("base64url") !== cursor) return null;
  try {
    const content: unknown = JSON.parse(bytes.toString());
    return Array.isArray(content) ? content : null;
  } catch {
    return null;
  }
}

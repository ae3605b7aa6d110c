import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CursorScope, decodeCursor, encodeCursor } from "./cursor.ts";

const SCOPE: CursorScope = { sort: "createdAt", order: "desc", filter: "" };
const REFUSAL = /^cursor: /;

const storableText = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));

describe("a cursor", () => {
  it("gives back the position it was made of, in its own list", () => {
    fc.assert(
      fc.property(
        fc.oneof(storableText, fc.integer()),
        storableText,
        fc.record({
          sort: fc.string(),
          order: fc.constantFrom("asc" as const, "desc" as const),
          filter: storableText,
        }),
        (value, id, scope) => {
          const cursor = encodeCursor(scope, { value, id });
          expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
          expect(decodeCursor(cursor, scope)).toEqual({ value, id });
        },
      ),
    );
  });

  it("is refused, whatever else is given for one", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json().map(btoaUrl)), (cursor) => {
        expect(() => decodeCursor(cursor, SCOPE)).toThrow(REFUSAL);
      }),
    );
  });

  it.each([
    ["another version", [2, "createdAt", "desc", "", 1, "id"]],
    ["a position that is no value", [1, "createdAt", "desc", "", null, "id"]],
    ["a position that no store keeps", [1, "createdAt", "desc", "", "\0", "id"]],
    ["an id that no store keeps", [1, "createdAt", "desc", "", 1, "\ud800"]],
    ["something behind", [1, "createdAt", "desc", "", 1, "id", 0]],
  ])("is refused with %s", (_, content) => {
    expect(() => decodeCursor(btoaUrl(JSON.stringify(content)), SCOPE)).toThrow(REFUSAL);
  });
});

function btoaUrl(text: string): string {
  return btoa(unescape(encodeURIComponent(text.replace(/\p{Cs}/gu, ""))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

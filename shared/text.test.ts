import fc from "fast-check";
import { expect, it } from "vitest";
import { isStorableText } from "./text.ts";

it("takes text that UTF-8 carries unchanged, without NUL, and no other", () => {
  const anyText = fc.string({
    unit: fc.oneof(
      fc.constantFrom("\0", "\ud83d", "\ude00", "😀", "é"),
      fc.string({ maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(anyText, (text) => {
      const isUnchanged = Buffer.from(text, "utf8").toString("utf8") === text;
      expect(isStorableText(text)).toBe(isUnchanged && !text.includes("\0"));
    }),
  );
});

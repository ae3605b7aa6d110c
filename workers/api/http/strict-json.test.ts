import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStrictJson } from "./strict-json.ts";

const space = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\r"), maxLength: 3 });

/** A string as JSON may spell it: with escapes that it does not need. */
function spell(text: string): fc.Arbitrary<string> {
  const units = Array.from({ length: text.length }, (_, index) => text[index] ?? "");
  return fc
    .array(fc.boolean(), { minLength: units.length, maxLength: units.length })
    .map((escaped) => {
      const spelt = units.map((unit, index) =>
        escaped[index]
          ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
          : JSON.stringify(unit).slice(1, -1),
      );
      return `"${spelt.join("")}"`;
    });
}

describe("strict JSON", () => {
  it("is read as JSON is, in any spacing", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), space, (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        if (text.includes("__proto__")) return;
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("takes any text as JSON does, or refuses it with a message of its own", () => {
    const pieces = fc.constantFrom(
      ...["{", "}", "[", "]", ",", ":", '"a"', '"b"', '"\\""', "1", "null", " ", '"', "\\"],
    );
    fc.assert(
      fc.property(fc.string({ unit: pieces, maxLength: 12 }), (text) => {
        let value: unknown;
        try {
          value = parseStrictJson(text);
        } catch (error) {
          const { message } = error as Error;
          if (message === "The body is not valid JSON in UTF-8") {
            expect(() => JSON.parse(text)).toThrow();
          } else expect(message).toMatch(/^[ab"]: is given twice$/);
          return;
        }
        expect(value).toEqual(JSON.parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("names a key that an object has twice, however it is spelt and however deep it is", () => {
    const parts = fc
      .tuple(fc.string({ unit: "binary", maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), fc.nat(5))
      .filter(([key]) => key !== "__proto__")
      .chain(([key, value, depth]) =>
        fc.tuple(
          fc.constant(key),
          spell(key),
          spell(key),
          fc.constant(value),
          fc.constant(depth),
          space,
        ),
      );
    fc.assert(
      fc.property(parts, ([key, one, other, value, depth, gap]) => {
        const inner = JSON.stringify(value).replaceAll("__proto__", "proto");
        const twice = `{${one}${gap}:${inner},${gap}"${key.length}+":1,${other}:${inner}}`;
        const text = `${'{"x":['.repeat(depth)}${twice}${"]}".repeat(depth)}`;
        expect(() => parseStrictJson(text)).toThrow(`${key}: is given twice`);
      }),
    );
  });

  it("lets objects that stand beside or inside each other have the same keys", () => {
    const text = '{"a":{"a":[{"a":"a"},{"a":"a:"}]},"b":"a","c":"\\"a\\":"}';
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it("refuses __proto__ as a key and takes it as a value", () => {
    expect(() => parseStrictJson('{"a":{"__pr\\u006fto__":1}}')).toThrow("__proto__: is not");
    expect(parseStrictJson('["__proto__"]')).toEqual(["__proto__"]);
  });

  it("takes 32 levels and no more", () => {
    const nest = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(parseStrictJson(nest(32))).toHaveLength(1);
    expect(() => parseStrictJson(nest(33))).toThrow("nested deeper than 32 levels");
    expect(() => parseStrictJson(nest(100_000))).toThrow("nested deeper than 32 levels");
  });
});

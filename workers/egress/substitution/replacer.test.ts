import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMatcher } from "./matcher.ts";
import { createReplacer, joinBytes, replaceAll } from "./replacer.ts";

type Occurrence = { start: number; end: number; payload: string };

/** The rules of the replacer, told slowly: all occurrences are listed, then taken in order. */
function replaceSlowly(patterns: readonly string[], input: string): string {
  const occurrences: Occurrence[] = [];
  for (let start = 0; start < input.length; start++) {
    const longest = patterns
      .filter((pattern) => input.startsWith(pattern, start))
      .sort((a, b) => b.length - a.length)[0];
    if (longest === undefined) continue;
    occurrences.push({ start, end: start + longest.length, payload: longest });
  }
  let output = "";
  let covered = 0;
  let replacedEnd = 0;
  let last: string | undefined;
  for (const { start, end, payload } of occurrences) {
    if (end <= covered) continue;
    if (start > covered) output += input.slice(covered, start);
    if (start >= replacedEnd || payload !== last) {
      output += `<${payload.length}>`;
      replacedEnd = end;
      last = payload;
    }
    covered = end;
  }
  return output + input.slice(covered);
}

function prepare(patterns: readonly string[]) {
  const matcher = createMatcher(
    patterns.map((pattern) => ({ bytes: Buffer.from(pattern, "latin1"), payload: pattern })),
  );
  return { matcher, replace: (payload: string) => Buffer.from(`<${payload.length}>`, "latin1") };
}

function replaceInPieces(patterns: readonly string[], pieces: readonly string[]): string {
  const { matcher, replace } = prepare(patterns);
  const replacer = createReplacer(matcher, replace);
  const output: Uint8Array[] = [];
  let carry: Uint8Array = new Uint8Array(0);
  for (const piece of pieces) {
    const buffer = joinBytes([carry, Buffer.from(piece, "latin1")]);
    output.push(...replacer.push(buffer, buffer.length, false));
    carry = buffer.slice(replacer.kept);
  }
  output.push(...replacer.push(carry, carry.length, true));
  return Buffer.from(joinBytes(output)).toString("latin1");
}

function cutAt(text: string, cuts: readonly number[]): string[] {
  const places = [...cuts].map((cut) => cut % (text.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((from, index) => text.slice(from, places[index] ?? text.length));
}

// Few letters, so that patterns overlap, nest and repeat in the input.
const letters = (constraints: { minLength: number; maxLength: number }) =>
  fc.string({ unit: fc.constantFrom("a", "b", "c"), ...constraints });
const patternSets = fc.uniqueArray(letters({ minLength: 3, maxLength: 9 }), {
  minLength: 1,
  maxLength: 6,
});

describe("replacer", () => {
  test("gives what the slow reference gives, for any patterns, input and cut", () => {
    fc.assert(
      fc.property(
        patternSets,
        letters({ minLength: 0, maxLength: 80 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (patterns, input, cuts) => {
          const expected = replaceSlowly(patterns, input);
          expect(replaceInPieces(patterns, cutAt(input, cuts))).toBe(expected);
          expect(replaceInPieces(patterns, [...input])).toBe(expected);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  test("finds long patterns in any bytes, wherever the input is cut", () => {
    const patternsInNoise = fc
      .record({
        patterns: fc.uniqueArray(fc.uint8Array({ minLength: 3, maxLength: 300 }), {
          minLength: 1,
          maxLength: 4,
          selector: (bytes) => Buffer.from(bytes).toString("latin1"),
        }),
        noise: fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 }),
        picks: fc.array(fc.nat(), { maxLength: 5 }),
        cuts: fc.array(fc.nat(), { maxLength: 8 }),
      })
      .map(({ patterns, noise, picks, cuts }) => {
        const texts = patterns.map((bytes) => Buffer.from(bytes).toString("latin1"));
        const input = noise
          .map((bytes, index) => {
            const pick = picks[index];
            const planted = pick === undefined ? "" : (texts[pick % texts.length] ?? "");
            return Buffer.from(bytes).toString("latin1") + planted;
          })
          .join("");
        return { texts, input, cuts };
      });
    fc.assert(
      fc.property(patternsInNoise, ({ texts, input, cuts }) => {
        expect(replaceInPieces(texts, cutAt(input, cuts))).toBe(replaceSlowly(texts, input));
      }),
      { numRuns: 1_000 },
    );
  });

  test("hands on the very bytes it was given where nothing matches", () => {
    const { matcher, replace } = prepare(["secret"]);
    const input = Buffer.from("nothing to see, not even secre");
    expect(replaceAll(matcher, replace, input)).toBe(input);
  });

  test("holds back only bytes that could begin a pattern", () => {
    const { matcher, replace } = prepare(["secret"]);
    const replacer = createReplacer(matcher, replace);
    const held = (text: string) => {
      const bytes = Buffer.from(text);
      const out = joinBytes(replacer.push(bytes, bytes.length, false));
      return [Buffer.from(out).toString(), text.slice(replacer.kept)];
    };
    expect(held("data: 1\n\n")).toEqual(["data: 1\n\n", ""]);
    expect(held("a secre")).toEqual(["a ", "secre"]);
    expect(held("secrex")).toEqual(["secrex", ""]);
  });

  test("leaves an occurrence alone where its replacement is null", () => {
    const { matcher } = prepare(["abc", "def"]);
    const replace = (payload: string) => (payload === "abc" ? null : Buffer.from("X"));
    const output = replaceAll(matcher, replace, Buffer.from("abcdefabc"));
    expect(Buffer.from(output).toString()).toBe("abcXabc");
  });

  test("never searches what it put in", () => {
    const { matcher } = prepare(["abc"]);
    const output = replaceAll(matcher, () => Buffer.from("aabc"), Buffer.from("abcbc"));
    expect(Buffer.from(output).toString()).toBe("aabcbc");
  });

  test("lets no byte of overlapping values out", () => {
    expect(replaceInPieces(["abcdef", "defghi"], ["xabcdefghiy"])).toBe("x<6><6>y");
    expect(replaceInPieces(["abab"], ["ababab"])).toBe("<4>");
    expect(replaceInPieces(["abab"], ["abababab"])).toBe("<4><4>");
  });

  test("prefers the longer of two patterns that begin together", () => {
    expect(replaceInPieces(["abc", "abcdef"], ["abcd", "ef", "abcx"])).toBe("<6><3>x");
  });
});

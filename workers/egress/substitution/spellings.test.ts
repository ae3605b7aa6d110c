import { Buffer } from "node:buffer";
import { escape as escapeQuery } from "node:querystring";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_SECRET_VALUE_BYTES } from "../../../shared/limits.ts";
import { escapeValue } from "./escapes.ts";
import { replaceAll } from "./replacer.ts";
import { listSpellings, listSpellingsOfAll, MIN_SCRUBBED_BYTES } from "./spellings.ts";
import { createSubstitution } from "./substitution.ts";
import { createCredential, placeholderOf } from "./testing/credential.ts";

const PLACEHOLDER = placeholderOf(1);

/** Turns one value in a text back into its placeholder. */
function scrub(text: string, value: string): string {
  const matcher = createSubstitution([createCredential(1, value)]).values;
  if (matcher === null) throw new Error("nothing would be scrubbed");
  return Buffer.from(replaceAll(matcher, (bytes) => bytes, Buffer.from(text))).toString();
}

const values = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc
      .array(fc.constantFrom(..."aZ09-_.~!*'()\"\\/+=&<>`%$@:;, \n\t\r\x01\x7féß€\u2028😀"), {
        maxLength: 30,
      })
      .map((characters) => characters.join("")),
  )
  .filter((value) => Buffer.byteLength(value) >= MIN_SCRUBBED_BYTES);

/** What encoders of the world make of a text; each says whose way it is. */
const ENCODERS: Record<string, (value: string) => string> = {
  "nobody: as it is": (value) => value,
  "JSON.stringify": (value) => JSON.stringify(value).slice(1, -1),
  "JSON of Python": (value) => asciiJson(value),
  "JSON of PHP": (value) => asciiJson(value).replaceAll("/", "\\/"),
  "JSON of Go": (value) => escapeCharacters(JSON.stringify(value), /[<>&\u2028\u2029]/g),
  "JSON of Gson": (value) => escapeCharacters(JSON.stringify(value), /[<>&'=\u2028\u2029]/g),
  "JSON of Python in upper case": (value) =>
    asciiJson(value).replace(/\\(?:u(.{4})|.)/g, (escaped, digits?: string) =>
      digits === undefined ? escaped : `\\u${digits.toUpperCase()}`,
    ),
  encodeURIComponent,
  encodeURI,
  "querystring of Node": (value) => escapeQuery(value),
  "percent in lower case": (value) =>
    encodeURIComponent(value).replace(/%../g, (escaped) => escaped.toLowerCase()),
  "the egress in a URL": (value) => escapeValue("percent", value),
  "a form": (value) => new URLSearchParams({ v: value }).toString().slice(2),
  "XML of Python": (value) => markup(value, {}),
  "HTML of PHP": (value) => markup(value, { '"': "&quot;", "'": "&#039;" }),
  "HTML of Python": (value) => markup(value, { '"': "&quot;", "'": "&#x27;" }),
  "HTML of Go": (value) => markup(value, { '"': "&#34;", "'": "&#39;" }),
  "templates of Go": (value) => markup(value, { '"': "&#34;", "'": "&#39;", "+": "&#43;" }),
  Handlebars: (value) =>
    markup(value, { '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;" }),
  "an attribute of XML": (value) =>
    markup(value, { '"': "&quot;", "\n": "&#xA;", "\r": "&#xD;", "\t": "&#x9;" }),
  hex: (value) => Buffer.from(value).toString("hex"),
  "hex in upper case": (value) => Buffer.from(value).toString("hex").toUpperCase(),
};

function escapeCharacters(json: string, pattern: RegExp): string {
  const write = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return json.replace(pattern, write).slice(1, -1);
}

function asciiJson(value: string): string {
  return escapeCharacters(JSON.stringify(value), /[^\0-\x7f]/g);
}

function markup(value: string, entities: Record<string, string>): string {
  const all: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", ...entities };
  return [...value].map((character) => all[character] ?? character).join("");
}

describe("listSpellings", () => {
  test.each(Object.entries(ENCODERS))("finds a value as it is written by %s", (_, encode) => {
    fc.assert(
      fc.property(values, (value) => {
        const spellings = listSpellings(value).map((bytes) => Buffer.from(bytes).toString("utf8"));
        expect(spellings).toContain(encode(value));
      }),
      { numRuns: 80 },
    );
  });

  test("finds a key of .NET's JSON, in which plus and quotes are numbers", () => {
    const value = `a+b/c=="<é`;
    expect(scrub('{"k":"a\\u002Bb/c==\\u0022\\u003C\\u00E9"}', value)).toBe(
      `{"k":"${PLACEHOLDER}"}`,
    );
  });

  test("tells an escaped backslash before a u from an escape", () => {
    const value = "C:\\u00eb\\ë-key";
    expect(scrub('"C:\\\\u00eb\\\\\\u00EB-key"', value)).toBe(`"${PLACEHOLDER}"`);
  });

  test.each([["base64"], ["base64url"]] as const)(
    "leaves of a value's %s, wherever it stands in it, only what its first and last byte share with their neighbours",
    (encoding) => {
      const neighbours = fc.uint8Array({ maxLength: 7 });
      fc.assert(
        fc.property(values, neighbours, neighbours, (value, before, after) => {
          const bytes = Buffer.from(value);
          const text = Buffer.concat([before, bytes, after]).toString(encoding);
          const scrubbed = scrub(text, value);
          const [head = "", tail = "", ...more] = scrubbed.split(PLACEHOLDER);
          expect(more).toEqual([]);
          expect(scrubbed).not.toBe(text);
          // Neighbours whose own digits happen to be the value's may go with it, and nothing stays.
          expect(head.length).toBeLessThanOrEqual(Math.ceil((before.length * 8) / 6));
          expect(tail.replaceAll("=", "").length).toBeLessThanOrEqual(
            Math.ceil((after.length * 8) / 6) + 1,
          );
          for (const rest of [head, tail]) {
            expect(Buffer.from(rest, "base64").includes(bytes)).toBe(false);
          }
        }),
        { numRuns: 500 },
      );
    },
  );

  test("finds Basic credentials as an upstream's JSON and URL show them", () => {
    const value = "k\xff?>~~\xff??>-secret";
    const base64 = Buffer.from(`user:${value}`).toString("base64");
    expect(base64).toMatch(/[/+]/);
    for (const shown of [base64.replaceAll("/", "\\/"), encodeURIComponent(base64)]) {
      expect(scrub(shown, value)).toContain(PLACEHOLDER);
      expect(scrub(shown, value).length).toBeLessThan(PLACEHOLDER.length + 14);
    }
  });

  test("looks for no value under 8 bytes, and for every one from there on", () => {
    expect(listSpellings("")).toEqual([]);
    expect(listSpellings("1234567")).toEqual([]);
    expect(listSpellings("ééé")).toEqual([]);
    expect(listSpellings("12345678")).not.toEqual([]);
    expect(listSpellings("éééé")).not.toEqual([]);
  });

  test("gives each spelling once, and none that would stand everywhere by chance", () => {
    fc.assert(
      fc.property(values, (value) => {
        const texts = listSpellings(value).map((bytes) => Buffer.from(bytes).toString("latin1"));
        expect(new Set(texts).size).toBe(texts.length);
        expect(Math.min(...texts.map(({ length }) => length))).toBeGreaterThanOrEqual(8);
      }),
      { numRuns: 300 },
    );
  });

  test("an ordinary key has few spellings", () => {
    expect(listSpellings("sk-proj-0123456789abcdefABCDEF").length).toBeLessThanOrEqual(9);
  });
});

describe("the room for spellings", () => {
  const sizeOf = (lists: readonly (readonly Uint8Array[])[]) =>
    lists.flat().reduce((length, bytes) => length + bytes.length, 0);
  const long = (index: number) =>
    `${index}é"'/+=<&\n`.repeat(MAX_SECRET_VALUE_BYTES).slice(0, MAX_SECRET_VALUE_BYTES / 2);

  test("is kept, with the likeliest spellings first", () => {
    const value = "a/b+c=d\"'&<é-";
    const all = listSpellings(value);
    for (const maxBytes of [0, 14, 40, 100, 500, 2_000]) {
      const some = listSpellings(value, maxBytes);
      expect(some).toEqual(all.slice(0, some.length));
      expect(some.length).toBeGreaterThanOrEqual(1);
      if (some.length > 1) expect(sizeOf([some])).toBeLessThanOrEqual(maxBytes);
    }
  });

  test("is shared: short values have all of theirs beside a hundred long ones", () => {
    const short = ["short-key-1", "short-key-2"];
    const all = [...Array.from({ length: 98 }, (_, index) => long(index)), ...short];
    const lists = listSpellingsOfAll(all, 1_000_000);
    expect(lists.slice(98)).toEqual(short.map((value) => listSpellings(value)));
    for (const [index, list] of lists.entries()) {
      expect(Buffer.from(list[0] ?? []).toString()).toBe(all[index]);
    }
  });

  test("is shared in equal parts by equal needs", () => {
    const lists = listSpellingsOfAll([long(1), long(2), long(3)], 2_000_000);
    const counts = lists.map(({ length }) => length);
    expect(Math.min(...counts)).toBeGreaterThan(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.min(...counts) + 1);
  });

  test("holds every spelling of one value of 64 KiB among ninety-nine keys", () => {
    const keys = Array.from({ length: 99 }, (_, index) => `sk-proj-${index}`.padEnd(100, "x"));
    const value = "0123456789abcdef".repeat(MAX_SECRET_VALUE_BYTES / 16);
    const lists = listSpellingsOfAll([value, ...keys], 8 * 1024 * 1024);
    expect(lists[0]).toEqual(listSpellings(value));
  });

  test("bounds a hundred values of 64 KiB to a part of an isolate's memory", () => {
    const values = Array.from({ length: 100 }, (_, index) => long(index));
    const maxBytes = 8 * 1024 * 1024;
    const asTheyAre = values.reduce((length, value) => length + Buffer.byteLength(value), 0);
    const size = sizeOf(listSpellingsOfAll(values, maxBytes));
    expect(size).toBeGreaterThanOrEqual(asTheyAre);
    expect(size).toBeLessThanOrEqual(asTheyAre + maxBytes);
  });
});

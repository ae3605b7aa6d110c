import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writeBasicPassword } from "./basic-credentials.ts";
import { escapeHeader, escapeValue, escapeValueBytes, NotEncodableError } from "./escapes.ts";

/** Any text that a secret can be, above all the characters that some format gives a meaning. */
const values = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        ..."\"'`&<>\\/%+=?#;:,.~!*()[]{}$ \t\n\r\0\b\f\v\x1b\x7f\x85\xa0\ufeff\u2028\u2029\uffff",
        "😀",
        "é",
        "$&",
        "$1",
        "%s",
        "%41",
        "\\u0041",
        "&amp;",
        "]]>",
        "-->",
        "</a>",
        "..",
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join("")),
);

const RUNS = { numRuns: 1_000 };

/** Reads XML text or an attribute's value as a parser does (XML 1.0, 2.11, 3.3.3 and 4.1). */
function readXml(text: string, isAttribute: boolean): string {
  const names: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  const lines = text.replace(/\r\n?/g, "\n");
  const normal = isAttribute ? lines.replace(/[\t\n]/g, " ") : lines;
  return normal.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return decimal === undefined ? (names[name] ?? "?") : String.fromCodePoint(Number(decimal));
  });
}

describe("escapes", () => {
  test("a JSON parser reads exactly the value, as a string and as a key", () => {
    fc.assert(
      fc.property(values, (value) => {
        const escaped = escapeValue("json", value);
        expect(JSON.parse(`{"key":"a${escaped}b"}`)).toEqual({ key: `a${value}b` });
        expect(Object.keys(JSON.parse(`{"${escaped}":1}`))).toEqual([value]);
        // A value may not end a line of ndjson.
        expect(escaped).not.toMatch(/[\n\r]/);
      }),
      RUNS,
    );
  });

  test("a form parser reads exactly the value, as a value and as a name", () => {
    fc.assert(
      fc.property(values, (value) => {
        const escaped = escapeValue("form", value);
        const pairs = [...new URLSearchParams(`a=1&b=x${escaped}y&${escaped}=2&c=`)];
        expect(pairs).toEqual([
          ["a", "1"],
          ["b", `x${value}y`],
          [value, "2"],
          ["c", ""],
        ]);
      }),
      RUNS,
    );
  });

  test("a URL gives back exactly the value, in one path segment and in one parameter", () => {
    fc.assert(
      fc.property(values, (value) => {
        const escaped = escapeValue("percent", value);
        expect(escaped).toMatch(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
        expect(decodeURIComponent(escaped)).toBe(value);
        const url = new URL(`https://host.example/a/x${escaped}/b?p=${escaped}&q=1`);
        expect(url.pathname.split("/").map(decodeURIComponent)).toEqual([
          "",
          "a",
          `x${value}`,
          "b",
        ]);
        expect(url.searchParams.get("p")).toBe(value);
        expect(url.searchParams.get("q")).toBe("1");
        expect(url.hash).toBe("");
      }),
      RUNS,
    );
  });

  test("an XML parser reads exactly the value, in text and in an attribute", () => {
    fc.assert(
      fc.property(values, (value) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML excludes
        fc.pre(!/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(value));
        const escaped = escapeValue("xml", value);
        expect(escaped).not.toMatch(/[<>"']/);
        expect(readXml(escaped, false)).toBe(value);
        expect(readXml(escaped, true)).toBe(value);
      }),
      RUNS,
    );
  });

  test("raw bytes are the value's UTF-8", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(Buffer.from(escapeValueBytes("raw", value)).toString("utf8")).toBe(value);
      }),
      RUNS,
    );
  });

  test("a password of Basic credentials is read as exactly the value", () => {
    fc.assert(
      fc.property(values, (value) => {
        const credentials = Buffer.from(`u:${writeBasicPassword(value)}`, "latin1");
        const decoded = Buffer.from(credentials.toString("base64"), "base64").toString("utf8");
        expect(decoded).toBe(`u:${value}`);
      }),
      RUNS,
    );
  });

  test("a header's value is the value itself or is refused", () => {
    fc.assert(
      fc.property(fc.oneof(values, fc.string({ maxLength: 20 })), (value) => {
        const isAllowed = /^(?:[!-~](?:[\t -~]*[!-~])?)?$/.test(value);
        if (isAllowed) expect(escapeHeader(value)).toBe(value);
        else expect(() => escapeHeader(value)).toThrow(NotEncodableError);
      }),
      RUNS,
    );
  });

  test("a header's value is what a Headers object gives back", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (value) => {
        fc.pre(/^(?:[!-~](?:[\t -~]*[!-~])?)?$/.test(value));
        expect(new Headers({ "x-key": escapeHeader(value) }).get("x-key")).toBe(value);
      }),
      RUNS,
    );
  });

  test.each([
    "k\rey",
    "k\ney",
    "k\0ey",
    "k\x1fey",
    "k\x7fey",
    "kéey",
    "k€ey",
    "k😀ey",
    " key",
    "key\t",
  ])("a header refuses %j and says why without the value", (value) => {
    expect(() => escapeHeader(value)).toThrow(/^a header cannot hold [\w -]+$/);
    expect(() => escapeHeader(value)).not.toThrow(/key/);
  });

  test.each(["\0", "\b", "\x0b", "\x1b", "\ufffe", "\uffff"])(
    "XML refuses %j and says why without the value",
    (part) => {
      expect(() => escapeValue("xml", `secret${part}value`)).toThrow(NotEncodableError);
      expect(() => escapeValue("xml", `secret${part}value`)).not.toThrow(/secret/);
    },
  );

  test("a value of 64 KiB goes through every escape", () => {
    const value = "ü\"'&<>\n%+ 😀".repeat(4_000).slice(0, 32_768);
    expect(JSON.parse(`"${escapeValue("json", value)}"`)).toBe(value);
    expect(decodeURIComponent(escapeValue("percent", value))).toBe(value);
    expect(new URLSearchParams(`a=${escapeValue("form", value)}`).get("a")).toBe(value);
    expect(readXml(escapeValue("xml", value), true)).toBe(value);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createOutcome, type Outcome } from "./outcome.ts";
import { createSubstitution } from "./substitution.ts";
import { createCredential, placeholderOf } from "./testing/credential.ts";
import { substituteUrl } from "./url.ts";

const A = placeholderOf(1);
const B = placeholderOf(2);
const HOST = "https://host.example";

function substitute(
  rest: string,
  credentials = [createCredential(1, "a/b c"), createCredential(2, "x&y=z")],
  outcome: Outcome = createOutcome(),
): string {
  const substituted = substituteUrl(HOST + rest, createSubstitution(credentials), outcome);
  expect(substituted.startsWith(HOST)).toBe(true);
  return substituted.slice(HOST.length);
}

describe("substituteUrl", () => {
  test("writes a value as one path segment and as one query parameter", () => {
    expect(substitute(`/v1/${A}/x?key=${B}`)).toBe("/v1/a%2Fb%20c/x?key=x%26y%3Dz");
  });

  test("replaces every occurrence, also several in one segment and in a parameter's name", () => {
    expect(substitute(`/${A}${B}${A}?${A}=${B}&${B}`)).toBe(
      "/a%2Fb%20cx%26y%3Dza%2Fb%20c?a%2Fb%20c=x%26y%3Dz&x%26y%3Dz",
    );
  });

  test("keeps all other bytes of the path and the query", () => {
    const odd = "/a%2Fb//%zz;p=1/+?b=+&a=%20&a&&=&c=?&d=%u12";
    expect(substitute(`${odd}&k=${A}`)).toBe(`${odd}&k=a%2Fb%20c`);
    expect(substitute(odd)).toBe(odd);
  });

  test("does not search what it put in", () => {
    const credentials = [createCredential(1, `x${B}`), createCredential(2, "inner")];
    expect(substitute(`/${A}?k=${A}`, credentials)).toBe(`/x${B}?k=x${B}`);
  });

  test("leaves placeholders of unknown secrets and of those this host may not receive", () => {
    const unknown = placeholderOf(9);
    const outcome = createOutcome();
    const credentials = [createCredential(1, null), createCredential(2, "value")];
    expect(substitute(`/${A}?u=${unknown}&b=${B}`, credentials, outcome)).toBe(
      `/${A}?u=${unknown}&b=value`,
    );
    expect([...outcome.hindrances].map(([{ name }, why]) => [name, [...why]])).toEqual([
      ["secret-1", ["host-not-allowed"]],
    ]);
  });

  test.each([".", ".."])("refuses %j as a part of a path, naming the secret alone", (value) => {
    const credentials = [createCredential(1, value)];
    expect(() => substitute(`/v1/${A}`, credentials)).toThrow(
      expect.objectContaining({
        code: "SECRET_NOT_ENCODABLE",
        message: expect.stringMatching(/^The value of secret secret-1 cannot be put into the path/),
      }),
    );
    expect(substitute(`/?q=${A}`, credentials)).toBe(`/?q=${value}`);
  });

  test("keeps path and query apart where the locations do", () => {
    const path = [createCredential(1, "value", { locations: { path: true } })];
    expect(substitute(`/${A}?k=${A}`, path)).toBe(`/value?k=${A}`);
    const query = [createCredential(1, "value", { locations: { query: true } })];
    expect(substitute(`/${A}?k=${A}&${A}=1`, query)).toBe(`/${A}?k=value&value=1`);
  });

  describe("with a list of query parameters", () => {
    const credentials = [createCredential(1, "value", { locations: { query: ["api key", "k"] } })];
    test.each([
      ["the name", `k=${A}`, "k=value"],
      ["an encoded name", `api%20key=${A}`, "api%20key=value"],
      ["a name with a plus", `api+key=${A}`, "api+key=value"],
      ["a name given twice", `k=1&k=${A}`, "k=1&k=value"],
      ["another case", `K=${A}`, null],
      ["another name", `kk=${A}`, null],
      ["a name that begins with a question mark", `?k=${A}`, null],
      ["a question mark inside another parameter", `a=b?k=${A}`, null],
      ["a semicolon inside another parameter", `a=b;k=${A}`, null],
      ["an ampersand that is data", `a=b%26k=${A}`, null],
      ["an equals sign that is data", `k%3D${A}`, null],
      ["the placeholder as the name", `${A}=k`, null],
      ["the placeholder without a name", `=${A}`, null],
    ])("goes by what the upstream reads: %s", (_, query, expected) => {
      const outcome = createOutcome();
      expect(substitute(`/?${query}`, credentials, outcome)).toBe(`/?${expected ?? query}`);
      expect(outcome.places.size).toBe(expected === null ? 0 : 1);
      expect(outcome.hindrances.size).toBe(expected === null ? 1 : 0);
    });
  });

  test("an upstream reads the same URL with the values in it", () => {
    const texts = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
    const names = fc.string({ maxLength: 6 });
    fc.assert(
      fc.property(texts, texts, names, names, (a, b, segment, name) => {
        fc.pre(!/^\.\.?$/.test(a) && !/^\.\.?$/.test(segment));
        const fixed = encodeURIComponent(segment);
        const credentials = [createCredential(1, a), createCredential(2, b)];
        const rest = substitute(
          `/${fixed}/p${A}/end?${encodeURIComponent(name)}=${A}-${B}&z=${B}`,
          credentials,
        );
        const url = new URL(HOST + rest);
        expect(url.pathname.split("/").slice(1).map(decodeURIComponent)).toEqual([
          segment,
          `p${a}`,
          "end",
        ]);
        expect([...url.searchParams]).toEqual([
          [name, `${a}-${b}`],
          ["z", b],
        ]);
      }),
      { numRuns: 250 },
    );
  });
});

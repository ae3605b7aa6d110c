import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { substituteHeaders } from "./headers.ts";
import { createOutcome, type Outcome } from "./outcome.ts";
import { type Credential, createSubstitution } from "./substitution.ts";
import { createCredential, placeholderOf } from "./testing/credential.ts";

const A = placeholderOf(1);
const B = placeholderOf(2);

function substitute(
  init: HeadersInit,
  credentials: Credential[] = [createCredential(1, "value-a"), createCredential(2, "value-b")],
  outcome: Outcome = createOutcome(),
): Record<string, string> {
  const headers = new Headers(init);
  substituteHeaders(headers, createSubstitution(credentials), outcome);
  return Object.fromEntries(headers);
}

function encode(text: string): string {
  return `Basic ${Buffer.from(text).toString("base64")}`;
}

function listHindrances({ hindrances }: Outcome): [string, string[]][] {
  return [...hindrances].map(([{ name }, why]) => [name, [...why]]);
}

describe("substituteHeaders", () => {
  test("replaces every occurrence, several secrets in one value, and nothing else", () => {
    expect(
      substitute({
        Authorization: `Bearer ${A}`,
        Cookie: `a=${A}; b=${B}; c=${A}${B}x`,
        "X-List": `one, ${A}, ${B},two`,
        "X-Half": A.slice(0, -1),
        "X-Upper": A.toUpperCase(),
        "X-Other": "plain",
      }),
    ).toEqual({
      authorization: "Bearer value-a",
      cookie: "a=value-a; b=value-b; c=value-avalue-bx",
      "x-list": "one, value-a, value-b,two",
      "x-half": A.slice(0, -1),
      "x-upper": A.toUpperCase(),
      "x-other": "plain",
    });
  });

  test("replaces in a header that is set twice", () => {
    expect(
      substitute([
        ["X-Key", A],
        ["x-key", `k ${B}`],
      ]),
    ).toEqual({ "x-key": "value-a, k value-b" });
  });

  test("puts values in literally, commas, dollars and percents too", () => {
    const value = 'a,b; c=$& $1 %s \\u0041 "q"\t%0d%0a';
    expect(substitute({ "X-Key": `<${A}>` }, [createCredential(1, value)])).toEqual({
      "x-key": `<${value}>`,
    });
  });

  test("never searches what it put in", () => {
    const credentials = [createCredential(1, `in-${B}`), createCredential(2, `${A}-out`)];
    expect(substitute({ "X-A": A, "X-B": `${B}${A}` }, credentials)).toEqual({
      "x-a": `in-${B}`,
      "x-b": `${A}-outin-${B}`,
    });
  });

  test("any printable value arrives in any header exactly", () => {
    const printable = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/);
    fc.assert(
      fc.property(printable, printable, (value, around) => {
        fc.pre(value !== A);
        const headers = { "X-Key": `${around}${A}${around}`, Authorization: `Token ${A}` };
        expect(substitute(headers, [createCredential(1, value)])).toEqual({
          "x-key": around + value + around,
          authorization: `Token ${value}`,
        });
      }),
      { numRuns: 500 },
    );
  });

  test("puts no value into a header that servers echo or log, and says why", () => {
    const outcome = createOutcome();
    const headers = {
      "user-agent": `sdk/${A}`,
      referer: `https://host.example/?k=${A}`,
      "accept-language": A,
      "content-disposition": A,
      "if-none-match": A,
      traceparent: A,
    };
    expect(substitute(headers, undefined, outcome)).toEqual(headers);
    expect(outcome.places.size).toBe(0);
    expect(listHindrances(outcome)).toEqual([["secret-1", ["location-not-allowed"]]]);
  });

  test("leaves unknown placeholders, and says nothing of them", () => {
    const outcome = createOutcome();
    const headers = { "x-key": placeholderOf(9) };
    expect(substitute(headers, undefined, outcome)).toEqual(headers);
    expect(outcome).toEqual(createOutcome());
  });

  test("leaves a secret that this host may not receive, and says why", () => {
    const outcome = createOutcome();
    const credentials = [createCredential(1, null), createCredential(2, "value-b")];
    expect(substitute({ "x-key": `${A} ${B}` }, credentials, outcome)).toEqual({
      "x-key": `${A} value-b`,
    });
    expect(listHindrances(outcome)).toEqual([["secret-1", ["host-not-allowed"]]]);
  });

  test.each(["a\r\nX-Evil: 1", "a\nb", "a\0b", "key€", "key\n"])(
    "refuses %j, naming the secret and not the value",
    (value) => {
      expect(() => substitute({ "X-Key": A }, [createCredential(1, value)])).toThrow(
        expect.objectContaining({
          code: "SECRET_NOT_ENCODABLE",
          message: expect.stringMatching(
            /^The value of secret secret-1 cannot be put into the header: a header cannot hold/,
          ),
        }),
      );
    },
  );

  test("refuses a header with other characters than ASCII beside the placeholder", () => {
    expect(() => substitute({ "X-Key": `é ${A}` })).toThrow(
      expect.objectContaining({ code: "SECRET_NOT_ENCODABLE" }),
    );
    expect(substitute({ "X-Key": "é" })).toEqual({ "x-key": "é" });
  });

  test("a list of headers in the locations goes by the name in any case", () => {
    const locations = { headers: ["authorization", "x-key"] };
    const credentials = [createCredential(1, "value", { locations })];
    const outcome = createOutcome();
    expect(
      substitute({ AUTHORIZATION: A, "X-KEY": A, "X-Other": A }, credentials, outcome),
    ).toEqual({ authorization: "value", "x-key": "value", "x-other": A });
    expect(listHindrances(outcome)).toEqual([["secret-1", ["location-not-allowed"]]]);
  });

  test("locations open no header that may hold no credential", () => {
    const credentials = [createCredential(1, "v", { locations: { headers: ["user-agent"] } })];
    expect(substitute({ "User-Agent": A }, credentials)).toEqual({ "user-agent": A });
  });

  describe("in Basic credentials", () => {
    test("searches the decoded user and password", () => {
      expect(substitute({ Authorization: encode(`${A}:${B}`) })).toEqual({
        authorization: encode("value-a:value-b"),
      });
    });

    test("takes a value that no plain header could hold", () => {
      const value = "pä\r\n€ 😀 ";
      expect(
        substitute({ Authorization: encode(`user:${A}`) }, [createCredential(1, value)]),
      ).toEqual({ authorization: encode(`user:${value}`) });
    });

    test("a placeholder may stand for the whole of the base64", () => {
      const whole = Buffer.from("user:password").toString("base64");
      expect(substitute({ Authorization: `Basic ${A}` }, [createCredential(1, whole)])).toEqual({
        authorization: `Basic ${whole}`,
      });
    });

    test.each([`Basic ${A}:${B}`, `Basic !${A}`, `Basic ${A}, Basic ${B}`])(
      "invalid base64 stays as it is: %s",
      (authorization) => {
        expect(substitute({ Authorization: authorization })).toEqual({ authorization });
      },
    );

    test("only Authorization is read as Basic credentials", () => {
      const headers = { "x-authorization": encode(`user:${A}`) };
      expect(substitute(headers)).toEqual(headers);
    });

    test("the locations hold for what is inside", () => {
      const credentials = [createCredential(1, "v", { locations: { headers: ["x-key"] } })];
      const headers = { authorization: encode(`user:${A}`) };
      expect(substitute(headers, credentials)).toEqual(headers);
    });
  });
});

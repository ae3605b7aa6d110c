import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseBasicCredentials,
  replaceInBasicCredentials,
  writeBasicPassword,
  writeBasicUser,
} from "./basic-credentials.ts";
import { NotEncodableError } from "./escapes.ts";
import { placeholderOf } from "./testing/credential.ts";

const USER = placeholderOf(1);
const PASSWORD = placeholderOf(2);

function encode(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** Replaces the user's placeholder and the password's, and gives what an upstream decodes. */
function replace(header: string, user: string, password: string): string | null {
  const credentials = parseBasicCredentials(header);
  if (credentials === null || credentials === "invalid") throw new Error("no Basic credentials");
  const replaced = replaceInBasicCredentials(
    credentials,
    (placeholder) => (placeholder === USER ? writeBasicUser(user) : null),
    (placeholder) => (placeholder === PASSWORD ? writeBasicPassword(password) : null),
  );
  if (replaced === null) return null;
  const [, digits = ""] = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(replaced) ?? [];
  return Buffer.from(digits, "base64").toString("utf8");
}

describe("parseBasicCredentials", () => {
  test.each([
    `Basic ${encode("a:b?")}`,
    `basic ${encode("a:b?")}`,
    `BASIC   ${encode("a:b?")}`,
    `Basic\t${encode("a:b?")} `,
    `Basic ${encode("a:b?").replaceAll("=", "")}`,
    `Basic ${Buffer.from("a:b?").toString("base64url")}`,
  ])("reads %j", (header) => {
    expect(parseBasicCredentials(header)).toMatchObject({ decoded: "a:b?" });
  });

  test("reads base64url and base64 alike", () => {
    const bytes = Buffer.from("a:\xfb\xff\xfe~~", "latin1");
    for (const encoding of ["base64", "base64url"] as const) {
      const header = `Basic ${bytes.toString(encoding)}`;
      expect(parseBasicCredentials(header)).toMatchObject({ decoded: bytes.toString("latin1") });
    }
  });

  test.each(["Bearer abc", "Basics YTpi", "", "Digest x=y", "YTpi", " Basic YTpi"])(
    "%j is another scheme",
    (header) => {
      expect(parseBasicCredentials(header)).toBeNull();
    },
  );

  test.each([
    "Basic",
    "Basic ",
    "Basic a:b",
    "Basic YTpi=Yg",
    "Basic YTpiY",
    "Basic YTpi====",
    "Basic YTpi, Basic YTpi",
    "Basic YTpi x",
    `Basic ${USER}:${PASSWORD}`,
  ])("%j cannot be decoded", (header) => {
    expect(parseBasicCredentials(header)).toBe("invalid");
  });
});

describe("replaceInBasicCredentials", () => {
  test("an upstream decodes exactly the values, whatever stands around them", () => {
    const texts = fc.string({ unit: "binary", maxLength: 20 });
    fc.assert(
      fc.property(texts, texts, texts, (user, password, around) => {
        fc.pre(!user.includes(":") && !around.includes(":"));
        const header = `Basic ${encode(`${around}${USER}:${around}${PASSWORD}:${around}`)}`;
        fc.pre(user !== USER || password !== PASSWORD);
        expect(replace(header, user, password)).toBe(
          `${around}${user}:${around}${password}:${around}`,
        );
      }),
      { numRuns: 250 },
    );
  });

  test("keeps bytes that are no UTF-8", () => {
    const decoded = Buffer.concat([Buffer.from([0xff, 0xfe, 0x3a]), Buffer.from(PASSWORD)]);
    const credentials = parseBasicCredentials(`Basic ${decoded.toString("base64")}`);
    if (credentials === null || credentials === "invalid") throw new Error("not read");
    const replaced = replaceInBasicCredentials(
      credentials,
      () => null,
      () => "x",
    );
    expect(replaced).toBe(`Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0x78]).toString("base64")}`);
  });

  test("keeps the scheme as it was written", () => {
    const credentials = parseBasicCredentials(`bAsIc  ${encode(`:${PASSWORD}`)}`);
    if (credentials === null || credentials === "invalid") throw new Error("not read");
    expect(
      replaceInBasicCredentials(
        credentials,
        () => null,
        () => "x",
      ),
    ).toBe(`bAsIc  ${encode(":x")}`);
  });

  test("without a colon, all counts as the password", () => {
    expect(replace(`Basic ${encode(PASSWORD)}`, "u", "p:q")).toBe("p:q");
  });

  test("gives null where no placeholder was replaced, so that no byte changes", () => {
    expect(replace(`Basic ${encode("user:password")}`, "u", "p")).toBeNull();
    expect(replace(`Basic ${encode(`user:${placeholderOf(7)}`)}`, "u", "p")).toBeNull();
  });

  test("refuses a user with a colon, which would end too early, and names no value", () => {
    const header = `Basic ${encode(`${USER}:x`)}`;
    expect(() => replace(header, "secret:value", "p")).toThrow(NotEncodableError);
    expect(() => replace(header, "secret:value", "p")).not.toThrow(/secret|value/);
  });
});

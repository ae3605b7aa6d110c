import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { CompactEncrypt, decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { SecretValue } from "../secret-value.ts";
import { parseMasterKeys } from "./master-keys.ts";
import {
  MissingMasterKeyError,
  OpenSealedValueError,
  openSealedValue,
  readSealingKeyId,
  resealValue,
  sealValue,
} from "./sealed-value.ts";

const OWNER = { organizationId: "org-1", secretId: "secret-1", version: 3 };

function createKeys(...kids: string[]) {
  const keys = kids.map((kid) => ({
    kty: "oct",
    kid,
    k: randomBytes(32).toString("base64url"),
  }));
  return { keys, parsed: parseMasterKeys(JSON.stringify({ keys })) };
}

const { keys: KEY_SET, parsed: KEYS } = createKeys("current", "former");

async function catchFailure(opening: Promise<unknown>): Promise<OpenSealedValueError> {
  try {
    await opening;
  } catch (error) {
    if (error instanceof OpenSealedValueError) return error;
    throw error;
  }
  throw new Error("it opened");
}

describe("a sealed value", () => {
  it("opens to the value it was made of, whatever its characters", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: "grapheme" }), fc.constant("\ufeffwith a mark \0")),
        async (text) => {
          const sealed = await sealValue(KEYS, OWNER, new SecretValue(text));
          expect((await openSealedValue(KEYS, OWNER, sealed)).reveal()).toBe(text);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("is a compact JWE whose header names key, organization, secret and version", async () => {
    const sealed = await sealValue(KEYS, OWNER, new SecretValue("v"));
    expect(sealed.split(".")).toHaveLength(5);
    expect(decodeProtectedHeader(sealed)).toMatchObject({
      alg: "A256GCMKW",
      enc: "A256GCM",
      kid: "current",
      org: "org-1",
      sid: "secret-1",
      ver: 3,
    });
    expect(readSealingKeyId(sealed)).toBe("current");
  });

  it("is different each time, under a fresh data key", async () => {
    const parts = await Promise.all(
      [1, 2].map(async () => (await sealValue(KEYS, OWNER, new SecretValue("v"))).split(".")),
    );
    for (const index of [1, 2, 3]) expect(parts[0]?.[index]).not.toBe(parts[1]?.[index]);
  });

  it.each([
    ["another row", { ...OWNER, secretId: "secret-2" }],
    ["another organization", { ...OWNER, organizationId: "org-2" }],
    ["a later version: an older value put back", { ...OWNER, version: 4 }],
    ["an earlier version", { ...OWNER, version: 2 }],
  ])("does not open for %s", async (_, owner) => {
    const sealed = await sealValue(KEYS, OWNER, new SecretValue("v"));
    const failure = await catchFailure(openSealedValue(KEYS, owner, sealed));
    expect(failure).toMatchObject({
      reason: "sealed for another row or version",
      keyId: "current",
    });
  });

  it("does not open when its header is rewritten to name another row", async () => {
    const sealed = await sealValue(KEYS, OWNER, new SecretValue("v"));
    const [, ...rest] = sealed.split(".");
    const header = { ...decodeProtectedHeader(sealed), sid: "secret-2" };
    const forged = [Buffer.from(JSON.stringify(header)).toString("base64url"), ...rest].join(".");
    const owner = { ...OWNER, secretId: "secret-2" };
    expect(await catchFailure(openSealedValue(KEYS, owner, forged))).toMatchObject({
      reason: "not authentic",
    });
  });

  it("does not open when any one of its bytes is changed", async () => {
    const sealed = await sealValue(KEYS, OWNER, new SecretValue("a value of some length"));
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: sealed.length - 1 }),
        fc.constantFrom(..."ABCDwxyz0189-_."),
        async (index, character) => {
          fc.pre(sealed[index] !== character);
          // The last character of a part may carry bits that no decoder looks at.
          fc.pre(sealed[index + 1] !== "." && index !== sealed.length - 1);
          const changed = sealed.slice(0, index) + character + sealed.slice(index + 1);
          await catchFailure(openSealedValue(KEYS, OWNER, changed));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("opens under a former master key, and not without it", async () => {
    const [current, former] = KEY_SET;
    const before = parseMasterKeys(JSON.stringify({ keys: [former] }));
    const sealed = await sealValue(before, OWNER, new SecretValue("old"));
    expect((await openSealedValue(KEYS, OWNER, sealed)).reveal()).toBe("old");
    const after = parseMasterKeys(JSON.stringify({ keys: [current] }));
    const failure = await catchFailure(openSealedValue(after, OWNER, sealed));
    expect(failure).toBeInstanceOf(MissingMasterKeyError);
    expect(failure).toMatchObject({ reason: "its master key is missing", keyId: "former" });
  });

  it("is sealed anew under the current master key, for the same row and version alone", async () => {
    const [, former] = KEY_SET;
    const before = parseMasterKeys(JSON.stringify({ keys: [former] }));
    const sealed = await sealValue(before, OWNER, new SecretValue("old"));
    const resealed = await resealValue(KEYS, OWNER, sealed);
    expect(readSealingKeyId(resealed)).toBe("current");
    expect((await openSealedValue(KEYS, OWNER, resealed)).reveal()).toBe("old");
    await catchFailure(resealValue(KEYS, { ...OWNER, version: 4 }, sealed));
  });

  it("does not open under another master key of the same name", async () => {
    const sealed = await sealValue(KEYS, OWNER, new SecretValue("v"));
    const { parsed } = createKeys("current");
    expect(await catchFailure(openSealedValue(parsed, OWNER, sealed))).toMatchObject({
      reason: "not authentic",
    });
  });

  it("does not open when its header asks for another way of wrapping the key", async () => {
    const { parsed, keys } = createKeys("current");
    const sealed = await new CompactEncrypt(new TextEncoder().encode("chosen"))
      .setProtectedHeader({
        alg: "dir",
        enc: "A256GCM",
        kid: "current",
        org: "org-1",
        sid: "secret-1",
        ver: 3,
      })
      .encrypt(Buffer.from(String(keys[0]?.k), "base64url"));
    expect(await catchFailure(openSealedValue(parsed, OWNER, sealed))).toMatchObject({
      reason: "not authentic",
    });
  });

  it.each(["", "v", "a.b.c.d.e", "....", "e30....", "bnVsbA...."])(
    "is not what stands in %j",
    async (text) => {
      const failure = await catchFailure(openSealedValue(KEYS, OWNER, text));
      expect(failure.reason).toBe("not a sealed value");
      expect(() => readSealingKeyId(text)).toThrow(OpenSealedValueError);
    },
  );

  it("says the same sentence whatever the reason that it does not open", async () => {
    const sealed = await sealValue(KEYS, OWNER, new SecretValue("v"));
    const failures = await Promise.all([
      catchFailure(openSealedValue(KEYS, { ...OWNER, version: 9 }, sealed)),
      catchFailure(openSealedValue(createKeys("other").parsed, OWNER, sealed)),
      catchFailure(openSealedValue(KEYS, OWNER, "x")),
    ]);
    expect(new Set(failures.map(({ message }) => message)).size).toBe(1);
  });
});

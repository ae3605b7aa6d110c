import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseMasterKeys } from "./master-keys.ts";

const SECRET_PART = "c2VjcmV0LXBhcnQ";

function createKey(kid: string, k = randomBytes(32).toString("base64url")) {
  return { kty: "oct", kid, k };
}

function parse(...keys: unknown[]) {
  return parseMasterKeys(JSON.stringify({ keys }));
}

/** Seals a fixed text, to compare keys that cannot be exported. */
async function fingerprint(key: CryptoKey | null): Promise<string> {
  if (key === null) throw new Error("there is no key");
  const algorithm = { name: "AES-GCM", iv: new Uint8Array(12) };
  const sealed = await crypto.subtle.encrypt(algorithm, key, new Uint8Array(16));
  return Buffer.from(sealed).toString("hex");
}

describe("master keys", () => {
  it("have the first of the set as the current one", () => {
    expect(parse(createKey("new"), createKey("old"))).toMatchObject({
      currentKeyId: "new",
      keyIds: ["new", "old"],
    });
  });

  it("derive one key for an organization, and another for each other and each master key", async () => {
    const keys = parse(createKey("a"), createKey("b"));
    const derived = await Promise.all(
      [
        ["a", "one"],
        ["a", "two"],
        ["b", "one"],
        ["a", "one"],
      ].map(async ([kid = "", id = ""]) => fingerprint(await keys.deriveOrganizationKey(kid, id))),
    );
    expect(new Set(derived).size).toBe(3);
    expect(derived[0]).toBe(derived[3]);
  });

  it("derive the same key in every isolate, as RFC 5869 says", async () => {
    const key = await parse(
      createKey("a", Buffer.alloc(32, 7).toString("base64url")),
    ).deriveOrganizationKey("a", "organization");
    const material = await crypto.subtle.importKey("raw", Buffer.alloc(32, 7), "HKDF", false, [
      "deriveKey",
    ]);
    const expected = await crypto.subtle.deriveKey(
      {
        name: "HKDF",
        hash: "SHA-256",
        salt: Buffer.from("organization"),
        info: Buffer.from("egret organization key v1"),
      },
      material,
      { name: "AES-GCM", length: 256 },
      false,
      ["encrypt"],
    );
    expect(await fingerprint(key)).toBe(await fingerprint(expected));
  });

  it("give keys that cannot be exported", async () => {
    const key = await parse(createKey("a")).deriveOrganizationKey("a", "one");
    expect(key?.extractable).toBe(false);
  });

  it("give no key for an id that is not in the set", async () => {
    expect(await parse(createKey("a")).deriveOrganizationKey("b", "one")).toBeNull();
  });

  it("derive again what was pushed out of memory", async () => {
    const keys = parse(createKey("a"));
    const before = await fingerprint(await keys.deriveOrganizationKey("a", "first"));
    for (let index = 0; index < 1001; index += 1) {
      await keys.deriveOrganizationKey("a", `organization ${index}`);
    }
    expect(await fingerprint(await keys.deriveOrganizationKey("a", "first"))).toBe(before);
  });

  it.each<[string, string, string]>([
    ["text that is no JSON", SECRET_PART, "not JSON"],
    ["null", "null", "not a JWK Set"],
    ["a key outside a set", JSON.stringify(createKey("a")), "not a JWK Set"],
    ["a set of no keys", '{"keys":[]}', "the set holds no key"],
    ["a key that is null", '{"keys":[null]}', "not a JWK Set"],
    ["another type", '{"keys":[{"kty":"RSA"}]}', 'key 0 is not of type "oct"'],
    ["no kid", JSON.stringify({ keys: [{ kty: "oct", k: SECRET_PART }] }), "key 0 has no kid"],
    ["no k", '{"keys":[{"kty":"oct","kid":"a"}]}', "key 0 has no k"],
    [
      "a short key",
      JSON.stringify({ keys: [createKey("a", SECRET_PART)] }),
      "key 0 is not 32 bytes",
    ],
    ["no base64url", JSON.stringify({ keys: [createKey("a", `${SECRET_PART}*`)] }), "key 0 is not"],
    [
      "a kid twice",
      JSON.stringify({ keys: [createKey("a"), createKey("a")] }),
      "key 1 repeats a kid",
    ],
  ])("refuse %s without showing it", (_, json, fault) => {
    expect(() => parseMasterKeys(json)).toThrow(TypeError);
    expect(() => parseMasterKeys(json)).toThrow(fault);
    expect(() => parseMasterKeys(json)).not.toThrow(SECRET_PART);
  });
});

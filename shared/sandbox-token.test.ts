import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { createSandboxTokenSigner, createSandboxTokenVerifier } from "./sandbox-token.ts";

const NOW = 1_800_000_000_000;
const IDENTITY = { sandboxId: "box-1", organizationId: "org-1", expiresAt: NOW + 60_000 };

type Keys = { privateJwk: JWK; privateSet: string; publicSet: string };

async function createKeys(kid: string): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", {
    crv: "Ed25519",
    extractable: true,
  });
  const privateJwk = { ...(await exportJWK(privateKey)), kid };
  const publicJwk = { ...(await exportJWK(publicKey)), kid };
  return {
    privateJwk,
    privateSet: JSON.stringify({ keys: [privateJwk] }),
    publicSet: JSON.stringify({ keys: [publicJwk] }),
  };
}

let keys: Keys;
beforeAll(async () => {
  keys = await createKeys("one");
});

/** Signs a token with some of its claims or its header changed; undefined leaves one out. */
async function forge(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const all = {
    iss: "egret",
    aud: "egress",
    sub: "box-1",
    org: "org-1",
    iat: NOW / 1000,
    exp: NOW / 1000 + 60,
    ...claims,
  };
  return new SignJWT(all)
    .setProtectedHeader({ alg: "EdDSA", kid: "one", ...header })
    .sign(await importJWK(keys.privateJwk, "EdDSA"));
}

describe("a sandbox token", () => {
  it("tells the egress who a sandbox is, and until when", async () => {
    const token = await createSandboxTokenSigner(keys.privateSet)(IDENTITY, NOW);
    expect(decodeProtectedHeader(token)).toEqual({ alg: "EdDSA", kid: "one", typ: "JWT" });
    expect(decodeJwt(token)).toEqual({
      iss: "egret",
      aud: "egress",
      sub: "box-1",
      org: "org-1",
      iat: NOW / 1000,
      exp: NOW / 1000 + 60,
    });
    expect(await createSandboxTokenVerifier(keys.publicSet)(token, NOW)).toEqual(IDENTITY);
  });

  it("ends at its time, to the second", async () => {
    const token = await createSandboxTokenSigner(keys.privateSet)(IDENTITY, NOW);
    const verify = createSandboxTokenVerifier(keys.publicSet);
    expect(await verify(token, IDENTITY.expiresAt - 1000)).not.toBeNull();
    expect(await verify(token, IDENTITY.expiresAt)).toBeNull();
  });

  it.each<[string, Record<string, unknown>]>([
    ["no sandbox", { sub: undefined }],
    ["no organization", { org: undefined }],
    ["an organization that is no text", { org: 1 }],
    ["no end", { exp: undefined }],
    ["another audience", { aud: "api" }],
    ["another issuer", { iss: "other" }],
    ["a beginning in the future", { nbf: NOW / 1000 + 10 }],
  ])("is not valid with %s", async (_, claims) => {
    expect(await createSandboxTokenVerifier(keys.publicSet)(await forge(claims), NOW)).toBeNull();
  });

  it("is not valid with a key id that the set does not have", async () => {
    const token = await forge({}, { kid: "two" });
    expect(await createSandboxTokenVerifier(keys.publicSet)(token, NOW)).toBeNull();
  });

  it("is not valid under another deployment's key of the same id", async () => {
    const token = await forge({});
    const other = await createKeys("one");
    expect(await createSandboxTokenVerifier(other.publicSet)(token, NOW)).toBeNull();
    expect(await createSandboxTokenVerifier(keys.publicSet)(token, NOW)).toEqual(IDENTITY);
  });

  it("is not valid unsigned, or signed with the public key as a shared secret", async () => {
    const verify = createSandboxTokenVerifier(keys.publicSet);
    const [, payload] = (await forge({})).split(".");
    const unsigned = Buffer.from('{"alg":"none","kid":"one"}').toString("base64url");
    expect(await verify(`${unsigned}.${payload}.`, NOW)).toBeNull();
    const shared = await new SignJWT(decodeJwt(await forge({})))
      .setProtectedHeader({ alg: "HS256", kid: "one" })
      .sign(Buffer.from(keys.publicSet));
    expect(await verify(shared, NOW)).toBeNull();
  });

  it.each(["", "a.b.c", "dtn_0", "..", "é"])("is not %j", async (text) => {
    expect(await createSandboxTokenVerifier(keys.publicSet)(text, NOW)).toBeNull();
  });

  it("stays valid while its key is in the set, beside a new one that signs", async () => {
    const old = await createSandboxTokenSigner(keys.privateSet)(IDENTITY, NOW);
    const next = await createKeys("two");
    const both = {
      private: JSON.stringify({ keys: [next.privateJwk, keys.privateJwk] }),
      public: JSON.stringify({
        keys: [next, keys].flatMap(({ publicSet }) => JSON.parse(publicSet).keys),
      }),
    };
    const fresh = await createSandboxTokenSigner(both.private)(IDENTITY, NOW);
    expect(decodeProtectedHeader(fresh).kid).toBe("two");
    const verify = createSandboxTokenVerifier(both.public);
    expect(await verify(old, NOW)).toEqual(IDENTITY);
    expect(await verify(fresh, NOW)).toEqual(IDENTITY);
    expect(await createSandboxTokenVerifier(next.publicSet)(old, NOW)).toBeNull();
  });
});

describe("the keys of sandbox tokens", () => {
  it.each([
    ["text that is no JSON", "private", "not JSON"],
    ["null", "null", "not a JWK Set"],
    ["a set of no keys", '{"keys":[]}', "the first key is no Ed25519 private key"],
    ["another curve", '{"keys":[{"kty":"OKP","crv":"X25519","d":"d","kid":"a"}]}', "the first key"],
  ])("are refused as %s", (_, json, fault) => {
    expect(() => createSandboxTokenSigner(json)).toThrow(fault);
    expect(() => createSandboxTokenSigner(json)).not.toThrow("private text");
  });

  it("do not sign where they are public ones only", () => {
    expect(() => createSandboxTokenSigner(keys.publicSet)).toThrow("no Ed25519 private key");
  });

  it("do not verify where they are no set", () => {
    expect(() => createSandboxTokenVerifier("{}")).toThrow(TypeError);
  });
});

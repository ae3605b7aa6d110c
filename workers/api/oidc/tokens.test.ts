import { exportJWK, generateSecret, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  authorize,
  callApi,
  createTestOrganization,
  type TestOrganization,
} from "../testing/fixture.ts";
import {
  countFetches,
  createSigningKey,
  createTestIssuer,
  plan,
  planJson,
  publishKeys,
  type SigningKey,
  signIn,
  signToken,
  type TestIssuer,
} from "../testing/issuer.ts";

const SECOND = 1;
const MINUTE = 60 * SECOND;

let issuer: TestIssuer;
let organization: TestOrganization;

beforeAll(async () => {
  issuer = await createTestIssuer();
  organization = await createTestOrganization();
});

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Asks with a token of the organization's owner, or with the one that is given. */
async function ask(token: string | Promise<string>, on: TestIssuer = issuer) {
  const call = authorize(on.callApi, await token);
  return call("GET /secret", undefined, { "X-Daytona-Organization-ID": organization.id });
}

function signAs(signer: TestIssuer, claims: object = {}) {
  return signToken(signer, { sub: organization.userId, ...claims });
}

describe("a token of the issuer", () => {
  it("lets its user in, by key id and without one", async () => {
    expect((await ask(signAs(issuer))).status).toBe(200);
    const { privateKey, alg } = issuer.key;
    const claims = { sub: organization.userId, iss: issuer.url, aud: ["x", issuer.audience] };
    const token = new SignJWT(claims).setExpirationTime("1m").setProtectedHeader({ alg });
    expect((await ask(token.sign(privateKey))).status).toBe(200);
  });

  it.each(["RS256", "PS256", "ES384", "EdDSA"])("may be signed with %s", async (alg) => {
    const other = await createTestIssuer();
    other.key = await createSigningKey(alg);
    await publishKeys(other.url, [other.key]);
    expect((await ask(signAs(other), other)).status).toBe(200);
  });

  it("is borne with when clocks differ by up to a minute", async () => {
    expect((await ask(signAs(issuer, { exp: now() - 50 * SECOND }))).status).toBe(200);
    expect((await ask(signAs(issuer, { nbf: now() + 50 * SECOND }))).status).toBe(200);
  });

  it.each<[string, () => object, string]>([
    ["has expired", () => ({ exp: now() - 2 * MINUTE }), "The token has expired"],
    ["is not valid yet", () => ({ nbf: now() + 2 * MINUTE }), "The token is not valid yet"],
    ["is another issuer's", () => ({ iss: "https://other.test" }), "The token is another issuer's"],
    ["names no issuer", () => ({ iss: undefined }), "The token is another issuer's"],
    ["is for another audience", () => ({ aud: "other" }), "The token is for another audience"],
    ["never ends", () => ({ exp: undefined }), "The token's claim exp is missing or wrong"],
    ["names no user", () => ({ sub: undefined }), "The token's claim sub is missing or wrong"],
    ["names an empty user", () => ({ sub: "" }), "The token's claim sub is no id of a user"],
    ["names a user too long", () => ({ sub: "a".repeat(256) }), "claim sub is no id of a user"],
    ["names a user by NUL", () => ({ sub: "a\0" }), "The token's claim sub is no id of a user"],
  ])("is refused when it %s", async (_, createClaims, message) => {
    const refused = await ask(signAs(issuer, createClaims()));
    expect(refused).toMatchObject({ status: 401, body: { code: "UNAUTHORIZED" } });
    expect(refused.body.message).toContain(message);
    expect(refused.headers.get("WWW-Authenticate")).toMatch(/^Bearer/);
  });

  it("needs the organization said, and one that its user belongs to", async () => {
    const call = authorize(issuer.callApi, await signAs(issuer));
    expect(await call("GET /secret")).toMatchObject({
      status: 400,
      body: { message: "X-Daytona-Organization-ID: is required with a token" },
    });
    const foreign = await createTestOrganization();
    const [other, missing] = await Promise.all(
      [foreign.id, crypto.randomUUID()].map((id) =>
        call("GET /secret", undefined, { "X-Daytona-Organization-ID": id }),
      ),
    );
    expect(other).toMatchObject({
      status: 404,
      body: { message: "The organization does not exist" },
    });
    expect(missing?.status).toBe(404);
    expect(missing?.body.message).toBe(other?.body.message);
  });
});

describe("a forged token", () => {
  const header = { "X-Daytona-Organization-ID": "any" };

  it.each(["HS256", "HS512"])("signed by %s with a public key is refused", async (alg) => {
    const publicKey = new TextEncoder().encode(JSON.stringify(issuer.key.publicJwk));
    for (const secret of [publicKey, await generateSecret(alg)]) {
      const token = await new SignJWT({ sub: organization.userId, iss: issuer.url })
        .setAudience(issuer.audience)
        .setExpirationTime("1m")
        .setProtectedHeader({ alg, kid: issuer.key.kid })
        .sign(secret);
      expect(await ask(token)).toMatchObject({
        status: 401,
        body: { message: "The token is signed with an algorithm that is not accepted" },
      });
    }
  });

  it("without a signature is refused", async () => {
    const token = new UnsecuredJWT({ sub: organization.userId })
      .setIssuer(issuer.url)
      .setAudience(issuer.audience)
      .setExpirationTime("1m")
      .encode();
    // `none` has an empty third part.
    expect((await ask(token)).status).toBe(401);
    const [head, body] = token.split(".");
    expect((await ask(`${head}.${body}.AAAA`)).status).toBe(401);
  });

  it("that brings its own key is refused", async () => {
    const forged = await createSigningKey();
    const publicJwk = await exportJWK(forged.privateKey).then(({ d: _, ...jwk }) => jwk);
    const token = await new SignJWT({ sub: organization.userId, iss: issuer.url })
      .setAudience(issuer.audience)
      .setExpirationTime("1m")
      .setProtectedHeader({ alg: "ES256", kid: issuer.key.kid, jwk: publicJwk })
      .sign(forged.privateKey);
    expect(await ask(token)).toMatchObject({
      status: 401,
      body: { message: "The token is not valid" },
    });
  });

  it.each([
    ["changed claims", (parts: string[]) => [parts[0], btoa('{"sub":"other"}'), parts[2]]],
    ["a changed signature", (parts: string[]) => [parts[0], parts[1], "AAAA"]],
    ["a header that is no JSON", (parts: string[]) => ["AAAA", parts[1], parts[2]]],
    ["empty parts", () => ["", "", ""]],
  ])("with %s is refused", async (_, forge) => {
    const token = forge((await signAs(issuer)).split(".")).join(".");
    expect((await ask(token)).status).toBe(401);
    expect((await authorize(issuer.callApi, token)("GET /secret", undefined, header)).status).toBe(
      401,
    );
  });
});

describe("the issuer's keys", () => {
  it("are fetched once, however many requests come at once, and taken from then on", async () => {
    // Through the Worker itself, where no request can wait for what another one has begun.
    const url = "https://issuer.test/";
    const key = await createSigningKey();
    await publishKeys(url, [key]);
    const worker = { url, audience: "egret-test", key, callApi };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => ask(signAs(worker), worker)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect((await ask(signAs(worker), worker)).status).toBe(200);
    expect(await countFetches(url)).toEqual({ discovery: 1, keys: 1 });
  });

  it("are fetched once for any number of tokens of unknown keys", async () => {
    const other = await createTestIssuer();
    expect((await ask(signAs(other), other)).status).toBe(200);
    const hostile = await Promise.all(
      Array.from({ length: 12 }, async () => ({ ...other, key: await createSigningKey() })),
    );
    for (const { status, body } of await Promise.all(
      hostile.map((each) => ask(signAs(each), each)),
    )) {
      expect({ status, message: body.message }).toEqual({
        status: 401,
        message: "The token is signed with a key that its issuer does not have",
      });
    }
    expect((await countFetches(other.url)).keys).toBe(1);
  });

  it("are found without a discovery document", async () => {
    const other = await createTestIssuer();
    await plan(`${other.url}/.well-known/openid-configuration`, { status: 404 });
    await planJson(`${other.url}/.well-known/jwks.json`, { keys: [other.key.publicJwk] });
    expect((await ask(signAs(other), other)).status).toBe(200);
  });

  it.each<[string, (other: TestIssuer, key: SigningKey) => Promise<void>]>([
    ["cannot be reached", ({ url }) => plan(`${url}/keys`, { fault: "reset" })],
    ["fails", ({ url }) => plan(`${url}/keys`, { status: 500 })],
    ["has no keys where it says", ({ url }) => plan(`${url}/keys`, { status: 404 })],
    ["answers with something else", ({ url }) => planJson(`${url}/keys`, ["no", "keys"])],
    [
      "has another issuer's document",
      ({ url }) =>
        planJson(`${url}/.well-known/openid-configuration`, {
          issuer: "https://other.test",
          jwks_uri: `${url}/keys`,
        }),
    ],
    [
      "keeps its keys where anyone can change them on the way",
      ({ url }) =>
        planJson(`${url}/.well-known/openid-configuration`, {
          issuer: url,
          jwks_uri: `${url.replace("https", "http")}/keys`,
        }),
    ],
  ])("are missed with 503 when the issuer %s", async (_, breakIssuer) => {
    const other = await createTestIssuer();
    await breakIssuer(other, other.key);
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const refused = await ask(signAs(other), other);
    expect(refused).toMatchObject({
      status: 503,
      body: { message: "The issuer of the token cannot be reached" },
    });
    expect(refused.headers.get("Retry-After")).toBe("5");
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
    // An API key needs no issuer.
    const call = authorize(other.callApi, organization.apiKey);
    expect((await call("GET /secret")).status).toBe(200);
  });
});

describe("the e-mail address of a token", () => {
  it("is written down, and stands in the audit log", async () => {
    const owner = await signIn(issuer, organization.id, { role: "owner" });
    const call = authorize(
      issuer.callApi,
      await signToken(issuer, { sub: owner.userId, email: "new@example.com" }),
    );
    const users = `GET /organizations/${organization.id}/users`;
    expect((await call(users)).status).toBe(200);
    const listed = (await call(users)).body.find(
      ({ userId }: { userId: string }) => userId === owner.userId,
    );
    expect(listed).toMatchObject({ email: "new@example.com", name: "new@example.com" });
  });

  it("is not believed when the issuer has not verified it", async () => {
    const owner = await signIn(issuer, organization.id, { role: "owner" });
    const claims = { sub: owner.userId, email: "forged@example.com", email_verified: false };
    const call = authorize(issuer.callApi, await signToken(issuer, claims));
    const users = await call(`GET /organizations/${organization.id}/users`);
    expect(users.status).toBe(200);
    const again = await call(`GET /organizations/${organization.id}/users`);
    expect(again.text).toContain("owner@example.com");
    expect(again.text).not.toContain("forged@example.com");
  });
});

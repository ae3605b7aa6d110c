import { Buffer } from "node:buffer";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import {
  type PlannedAnswer,
  RECORDER_ORIGIN,
  type RecorderQuestion,
} from "../../../local/testing/upstream-protocol.ts";
import { organizationUsers } from "../../../shared/database/schema.ts";
import type { MemberRole } from "../services/actor.ts";
import { authorize, type Call, createTestApp, openTestDatabase } from "./fixture.ts";

const DISCOVERY_PATH = ".well-known/openid-configuration";

/** A key that an issuer signs with, and its public half. */
export type SigningKey = {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicJwk: Record<string, unknown>;
};

/** An issuer of tokens that is reached through the Worker's own fetch. */
export type TestIssuer = {
  url: string;
  audience: string;
  key: SigningKey;
  /** An API that takes this issuer's tokens. */
  callApi: Call;
};

/** Makes an issuer of its own for a test, with one key, and an API that trusts it. */
export async function createTestIssuer(): Promise<TestIssuer> {
  const url = `https://${crypto.randomUUID()}.issuer.test`;
  const audience = "egret-test";
  const key = await createSigningKey();
  await publishKeys(url, [key]);
  const callApi = createTestApp({ bindings: { OIDC_ISSUER: url, OIDC_AUDIENCE: audience } });
  return { url, audience, key, callApi };
}

/** Makes a key with an id of its own. */
export async function createSigningKey(alg = "ES256"): Promise<SigningKey> {
  const kid = crypto.randomUUID();
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid } };
}

/** Signs a token that is valid for the issuer's API, but for the claims that are given. */
export async function signToken(issuer: TestIssuer, claims: JWTPayload = {}): Promise<string> {
  const { kid, alg, privateKey } = issuer.key;
  const now = Math.floor(Date.now() / 1000);
  const usual = { iss: issuer.url, aud: issuer.audience, sub: "somebody", iat: now };
  return new SignJWT({ ...usual, exp: now + 600, ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(privateKey);
}

/** A user of an organization, and a way to call the API with their token. */
export type TestUser = { userId: string; call: Call };

/** Puts a user into an organization, past the API, and signs them in. */
export async function signIn(
  issuer: TestIssuer,
  organizationId: string,
  { role, assignedRoleIds = [] }: { role: MemberRole; assignedRoleIds?: string[] },
): Promise<TestUser> {
  const userId = crypto.randomUUID();
  const email = `${role}@example.com`;
  await openTestDatabase().insert(organizationUsers).values({
    organizationId,
    userId,
    email,
    role,
    assignedRoleIds,
    createdAt: Date.now(),
    updatedAt: Date.now(),
  });
  const call = authorize(issuer.callApi, await signToken(issuer, { sub: userId, email }));
  return {
    userId,
    call: (route, body, headers) =>
      call(route, body, { "X-Daytona-Organization-ID": organizationId, ...headers }),
  };
}

/** Says which keys an issuer has from now on, and where they are found. */
export async function publishKeys(issuer: string, keys: SigningKey[]): Promise<void> {
  const base = issuer.replace(/\/$/, "");
  await planJson(`${base}/${DISCOVERY_PATH}`, { issuer, jwks_uri: `${base}/keys` });
  await planJson(`${base}/keys`, { keys: keys.map(({ publicJwk }) => publicJwk) });
}

/** Says how an issuer answers at a path: with JSON of this status. */
export async function planJson(url: string, document: unknown, status = 200): Promise<void> {
  await plan(url, {
    status,
    parts: [Buffer.from(JSON.stringify(document)).toString("base64")],
  });
}

/** Says how an issuer answers at a path. */
export async function plan(url: string, answer: PlannedAnswer): Promise<void> {
  await ask({ ask: "plan", url, answer });
}

/** Counts the requests for an issuer's keys and for its discovery document. */
export async function countFetches(issuer: string): Promise<{ keys: number; discovery: number }> {
  const { host } = new URL(issuer);
  const [found = []] = (await ask({ ask: "search", lists: [[host]] })) as string[][];
  const urls = found.map((url) => new URL(url)).filter((url) => url.host === host);
  return {
    keys: urls.filter(({ pathname }) => pathname === "/keys").length,
    discovery: urls.filter(({ pathname }) => pathname === `/${DISCOVERY_PATH}`).length,
  };
}

async function ask(question: RecorderQuestion): Promise<unknown> {
  const answer = await fetch(RECORDER_ORIGIN, { method: "POST", body: JSON.stringify(question) });
  if (!answer.ok) throw new Error(`the recorder answered ${answer.status}`);
  return answer.json();
}

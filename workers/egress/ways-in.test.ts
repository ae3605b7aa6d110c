import { Buffer } from "node:buffer";
import { eq } from "drizzle-orm";
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { sandboxes } from "../../shared/database/schema.ts";
import {
  callEgress,
  callOutbound,
  callRoute,
  createSandbox,
  openTestDatabase,
  signSandboxToken,
  type TestSandbox,
  toForwardingPath,
} from "./testing/fixture.ts";
import { findSeen, getSeen, listSeen } from "./testing/upstream.ts";

function toBasic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

type WayIn = (sandbox: TestSandbox, url: string, init?: RequestInit) => Promise<Response>;

const WAYS_IN: [string, WayIn][] = [
  ["the route with Bearer", (sandbox, url, init) => sandbox.call(url, init)],
  [
    "the route with bearer in lower case",
    ({ token }, url, init) => callRoute(url, init, { "proxy-authorization": `bearer ${token}` }),
  ],
  [
    "the route with Basic and the token as password",
    ({ token }, url, init) =>
      callRoute(url, init, { "Proxy-Authorization": toBasic("sandbox", token) }),
  ],
  [
    "the route with Basic and no user",
    ({ token }, url, init) => callRoute(url, init, { "Proxy-Authorization": toBasic("", token) }),
  ],
  [
    "the route with the token in the path",
    ({ token }, url, init) => callEgress(`/token/${token}${toForwardingPath(url)}`, init),
  ],
  ["Outbound with the token as its props", (sandbox, url, init) => sandbox.callOutbound(url, init)],
];

describe("ways in", () => {
  test.each(WAYS_IN)("%s: the value arrives, the token does not", async (_way, call) => {
    const sandbox = await createSandbox();
    const [secret] = sandbox.secrets;
    const answer = await call(sandbox, `https://${sandbox.host}/v1/models?a=b`, {
      method: "POST",
      headers: { Authorization: `Bearer ${secret?.placeholder}` },
      body: "{}",
    });
    expect(answer.status).toBe(200);
    const seen = await getSeen(sandbox.host);
    expect(seen.url.href).toBe(`https://${sandbox.host}/v1/models?a=b`);
    expect(seen.method).toBe("POST");
    expect(seen.headers["authorization"]).toBe(`Bearer ${secret?.value}`);
    expect(await listSeen(sandbox.token)).toEqual([]);
  });

  test("the props say who calls, not a token that the sandbox sends", async () => {
    const [sandbox, other] = [await createSandbox(), await createSandbox()];
    await other.callOutbound(`https://${sandbox.host}/`, {
      headers: {
        "Proxy-Authorization": `Bearer ${sandbox.token}`,
        "X-Key": sandbox.secrets[0]?.placeholder as string,
      },
    });
    expect((await getSeen(sandbox.host)).headers["x-key"]).toBe(sandbox.secrets[0]?.placeholder);
  });

  test("a target without path or with a query alone is called at its root", async () => {
    const sandbox = await createSandbox();
    await sandbox.call(`https://${sandbox.host}`);
    await sandbox.call(`https://${sandbox.host}?a=b`);
    const seen = await findSeen(sandbox.host, 2);
    expect(seen.map(({ url }) => url.pathname + url.search)).toEqual(["/", "/?a=b"]);
  });
});

describe("no valid token", () => {
  const header = (value: string) => ({ headers: { "Proxy-Authorization": value } });
  const refusals: [string, (token: string, path: string) => Promise<Response>][] = [
    ["no token", (_token, path) => callEgress(path)],
    ["an empty Bearer", (_token, path) => callEgress(path, header("Bearer"))],
    ["another scheme", (token, path) => callEgress(path, header(`Digest ${token}`))],
    ["Basic without a colon", (token, path) => callEgress(path, header(`Basic ${btoa(token)}`))],
    ["the token as the user", (token, path) => callEgress(path, header(toBasic(token, "")))],
    ["a token and more", (token, path) => callEgress(path, header(`Bearer ${token} x`))],
    ["two tokens", (token, path) => callEgress(path, header(`Bearer ${token}, Bearer ${token}`))],
    ["a cut token", (token, path) => callEgress(path, header(`Bearer ${token.slice(0, -2)}`))],
    [
      "a token in Authorization",
      (token, path) => callEgress(path, { headers: { Authorization: `Bearer ${token}` } }),
    ],
    ["a wrong token in the path", (token, path) => callEgress(`/token/${token}x${path}`)],
    [
      "a wrong token in the path and a right one in the header",
      (token, path) => callEgress(`/token/x${path}`, header(`Bearer ${token}`)),
    ],
    [
      "Outbound without props",
      (_token, path) => callOutbound(path.replace("/forward/https/", "https://")),
    ],
  ];

  test.each(refusals)("%s: 407 and nothing is sent", async (_what, call) => {
    const sandbox = await createSandbox();
    const answer = await call(sandbox.token, `/forward/https/${sandbox.host}/`);
    expect(answer.status).toBe(407);
    expect(answer.headers.get("Proxy-Authenticate")).toContain("Bearer");
    expect(answer.headers.get("Egret-Error")).toBe("SANDBOX_TOKEN_REQUIRED");
    expect(await listSeen(sandbox.host)).toEqual([]);
  });

  test("an expired token, one of another key, and one of no sandbox: 407", async () => {
    const sandbox = await createSandbox();
    const identity = { sandboxId: sandbox.id, organizationId: sandbox.organizationId };
    const foreignKey = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    const tokens = {
      expired: await signSandboxToken(identity, Date.now() - 1000),
      "of another organization": await signSandboxToken({
        ...identity,
        organizationId: crypto.randomUUID(),
      }),
      "of no sandbox": await signSandboxToken({ ...identity, sandboxId: crypto.randomUUID() }),
      "signed by another": await new SignJWT({ org: sandbox.organizationId })
        .setProtectedHeader({ alg: "EdDSA" })
        .setIssuer("egret")
        .setAudience("egress")
        .setSubject(sandbox.id)
        .setExpirationTime("1h")
        .sign((foreignKey as CryptoKeyPair).privateKey),
      unsigned: `${btoa('{"alg":"none"}').replaceAll("=", "")}.${sandbox.token.split(".")[1]}.`,
    };
    const answers = Object.entries(tokens).map(async ([what, token]) => {
      const answer = await callRoute(
        `https://${sandbox.host}/`,
        {},
        { "Proxy-Authorization": `Bearer ${token}` },
      );
      return [what, answer.status];
    });
    const statuses = Object.fromEntries(await Promise.all(answers)) as Record<string, number>;
    expect(
      Object.values(statuses).every((status) => status === 407),
      JSON.stringify(statuses),
    ).toBe(true);
    expect(await listSeen(sandbox.host)).toEqual([]);
  });

  test("a deleted sandbox's token: 407", async () => {
    const sandbox = await createSandbox();
    await openTestDatabase().delete(sandboxes).where(eq(sandboxes.id, sandbox.id));
    expect((await sandbox.call(`https://${sandbox.host}/`)).status).toBe(407);
  });
});

describe("other paths", () => {
  test.each([
    "/",
    "/forward",
    "/forward/https",
    "/outbound",
    "/Outbound",
    "/token/x",
    "//forward/https/a",
  ])("%s leads nowhere: 404", async (path) => {
    const sandbox = await createSandbox();
    const answer = await callEgress(path, {
      headers: { "Proxy-Authorization": `Bearer ${sandbox.token}` },
    });
    expect(answer.status).toBe(404);
    expect(answer.headers.get("Egret-Error")).toBe("NOT_FOUND");
  });

  test("a refusal does not repeat the token or the query of its path", async () => {
    const sandbox = await createSandbox();
    const paths = [`/token/${sandbox.token}/nowhere?key=k`, `/token/${sandbox.token}`];
    for (const path of paths) {
      const text = await (await callEgress(path)).text();
      expect(text).not.toContain(sandbox.token);
      expect(text).not.toContain("key=k");
    }
  });

  test("says that it is healthy", async () => {
    expect(await (await callEgress("/health")).json()).toEqual({ status: "ok" });
  });
});

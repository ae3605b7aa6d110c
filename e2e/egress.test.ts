import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import {
  createSandbox,
  createSecret,
  fetchThroughEgress,
  type Sandbox,
  type Secret,
} from "../local/client.ts";
import { type SeenRequest, startUpstream, type Upstream } from "../local/demo/upstream.ts";

const local = inject("local");
const name = `EGRESS_${randomBytes(6).toString("hex")}`;
const value = `sk-live/+${randomBytes(12).toString("hex")}==`;

let upstream: Upstream;
let secret: Secret;
let sandbox: Sandbox;
let allowed: string;
let other: string;

beforeAll(async () => {
  upstream = await startUpstream();
  allowed = `http://127.0.0.1:${upstream.port}`;
  other = `http://localhost:${upstream.port}`;
  secret = await createSecret(local, { name, value, hosts: ["127.0.0.1"] });
  sandbox = await createSandbox(local, [{ API_KEY: name }]);
});

afterAll(() => upstream.close());

test("gives the sandbox the placeholder alone", () => {
  expect(sandbox.env).toEqual({ API_KEY: secret.placeholder });
  expect(secret.placeholder).toMatch(/^dtn_secret_[a-z0-9]{32}$/);
});

test("sends the value to an allowed host in a header, and gives back the placeholder", async () => {
  const answer = await fetchThroughEgress(sandbox, `${allowed}/v1?q=%2F+x`, {
    headers: { Authorization: `Bearer ${secret.placeholder}` },
  });
  const seen = upstream.seen.at(-1);
  expect(seen).toMatchObject({ method: "GET", url: "/v1?q=%2F+x" });
  expect(seen?.headers["authorization"]).toBe(`Bearer ${value}`);
  expect(seen?.headers).not.toHaveProperty("proxy-authorization");
  const text = await answer.text();
  expect(text).not.toContain(value);
  expect(JSON.parse(text).headers.authorization).toBe(`Bearer ${secret.placeholder}`);
  expect(answer.headers.get("Egret-Outcome")).toContain("API_KEY");
});

test("sends the value inside Basic credentials", async () => {
  const credentials = Buffer.from(`user:${secret.placeholder}`).toString("base64");
  const headers = { Authorization: `Basic ${credentials}` };
  await fetchThroughEgress(sandbox, allowed, { headers });
  const [, encoded = ""] = upstream.seen.at(-1)?.headers["authorization"]?.split(" ") ?? [];
  expect(Buffer.from(encoded, "base64").toString()).toBe(`user:${value}`);
});

test("sends the value inside a JSON body, escaped, with the right length", async () => {
  const body = JSON.stringify({ key: secret.placeholder, other: 'kept "as" it is' });
  const answer = await fetchThroughEgress(sandbox, allowed, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  });
  const seen = upstream.seen.at(-1);
  expect(JSON.parse(seen?.body ?? "")).toEqual({ key: value, other: 'kept "as" it is' });
  expect(seen?.headers["content-length"]).toBe(String(Buffer.byteLength(seen?.body ?? "")));
  const { body: echo } = (await answer.json()) as SeenRequest;
  expect(echo).toBe(body);
});

test("takes the sandbox token in the path too", async () => {
  const { url, token } = sandbox.egress;
  const route = `${url}/token/${token}/forward/http/127.0.0.1:${upstream.port}/v1`;
  const answer = await fetch(route, { headers: { "X-Api-Key": secret.placeholder } });
  expect(answer.status).toBe(200);
  expect(upstream.seen.at(-1)).toMatchObject({ url: "/v1", headers: { "x-api-key": value } });
});

test("sends the placeholder as it is to every other host", async () => {
  const answer = await fetchThroughEgress(sandbox, other, {
    method: "POST",
    headers: { Authorization: `Bearer ${secret.placeholder}`, "Content-Type": "application/json" },
    body: JSON.stringify({ key: secret.placeholder }),
  });
  expect(answer.status).toBe(200);
  const seen = upstream.seen.at(-1);
  expect(seen?.headers["authorization"]).toBe(`Bearer ${secret.placeholder}`);
  expect(JSON.parse(seen?.body ?? "")).toEqual({ key: secret.placeholder });
});

test("sends nothing for a caller without a valid token", async () => {
  const before = upstream.seen.length;
  const route = `${sandbox.egress.url}/forward/http/127.0.0.1:${upstream.port}/`;
  // Not fetch, which takes every 407 for a failure of the network (Fetch standard).
  const asked = request(route, { headers: { "Proxy-Authorization": "Bearer no.such.token" } });
  const [answer] = (await once(asked.end(), "response")) as [IncomingMessage];
  expect(answer.resume().statusCode).toBe(407);
  expect(answer.headers).toMatchObject({
    "egret-error": "SANDBOX_TOKEN_REQUIRED",
    "proxy-authenticate": expect.stringContaining("B"),
  });
  expect(upstream.seen).toHaveLength(before);
});

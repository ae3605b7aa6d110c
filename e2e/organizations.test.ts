import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import {
  callApi,
  createSandbox,
  createSecret,
  fetchThroughEgress,
  type Sandbox,
  type Secret,
} from "../local/client.ts";
import { startUpstream, type Upstream } from "../local/demo/upstream.ts";
import { createFirstOrganization } from "../local/first-organization.ts";
import type { LocalDetails } from "../local/state.ts";
import { createApiKey } from "../shared/api-key.ts";

const ours = inject("local");
const theirs: LocalDetails = { ...ours, apiKey: createApiKey(), organizationId: randomUUID() };
const name = `SHARED_NAME_${randomBytes(6).toString("hex")}`;
const ourValue = `ours-${randomBytes(12).toString("hex")}`;
const theirValue = `theirs-${randomBytes(12).toString("hex")}`;

let upstream: Upstream;
let ourSecret: Secret;
let ourSandbox: Sandbox;
let theirSecret: Secret;
let theirSandbox: Sandbox;

beforeAll(async () => {
  upstream = await startUpstream();
  const url = new URL(ours.databaseUrl);
  const location = { url: url.origin, authToken: url.searchParams.get("authToken") ?? "" };
  await createFirstOrganization(
    location,
    { id: theirs.organizationId, apiKey: theirs.apiKey },
    Date.now(),
  );
  ourSecret = await createSecret(ours, { name, value: ourValue, hosts: ["127.0.0.1"] });
  ourSandbox = await createSandbox(ours, [{ KEY: name }]);
  theirSecret = await createSecret(theirs, { name, value: theirValue, hosts: ["127.0.0.1"] });
  theirSandbox = await createSandbox(theirs, [{ KEY: name }]);
});

afterAll(() => upstream.close());

test("one name in two organizations is two secrets", () => {
  expect(theirSecret.id).not.toBe(ourSecret.id);
  expect(theirSecret.placeholder).not.toBe(ourSecret.placeholder);
});

test("no list shows another organization's rows", async () => {
  for (const path of ["/secret", `/secret/paginated?name=${name}`, "/sandbox"]) {
    const text = JSON.stringify(await callApi(theirs, "GET", path));
    expect(text).not.toContain(ourSecret.id);
    expect(text).not.toContain(ourSecret.placeholder);
    expect(text).not.toContain(ourSandbox.id);
  }
});

test("another organization's row answers every call just as a missing one does", async () => {
  const missing = randomUUID();
  const calls: [string, (id: string) => string, string, unknown?][] = [
    ["GET", (id) => `/secret/${id}`, ourSecret.id],
    ["PATCH", (id) => `/secret/${id}`, ourSecret.id, { value: "taken" }],
    ["DELETE", (id) => `/secret/${id}`, ourSecret.id],
    ["GET", (id) => `/sandbox/${id}`, ourSandbox.id],
    ["DELETE", (id) => `/sandbox/${id}`, ourSandbox.id],
    ["PUT", (id) => `/sandbox/${id}/secrets`, ourSandbox.id, { secrets: [{ KEY: name }] }],
    ["POST", (id) => `/sandbox/${id}/egress-token`, ourSandbox.id, {}],
  ];
  for (const [method, path, id, body] of calls) {
    const foreign = await callApi(theirs, method, path(id), body);
    const absent = await callApi(theirs, method, path(missing), body);
    expect(foreign.status, `${method} ${path(id)}`).toBe(404);
    expect(withoutVariables(foreign, id)).toEqual(withoutVariables(absent, missing));
  }
  expect(await callApi(ours, "GET", `/secret/${ourSecret.id}`)).toMatchObject({ status: 200 });
  expect(await callApi(ours, "GET", `/sandbox/${ourSandbox.id}`)).toMatchObject({ status: 200 });
});

test("a placeholder in another organization's sandbox is plain text", async () => {
  const headers = { "X-Ours": ourSecret.placeholder, "X-Theirs": theirSecret.placeholder };
  await fetchThroughEgress(theirSandbox, `http://127.0.0.1:${upstream.port}/`, { headers });
  expect(upstream.seen.at(-1)?.headers).toMatchObject({
    "x-ours": ourSecret.placeholder,
    "x-theirs": theirValue,
  });
  await fetchThroughEgress(ourSandbox, `http://127.0.0.1:${upstream.port}/`, { headers });
  expect(upstream.seen.at(-1)?.headers).toMatchObject({
    "x-ours": ourValue,
    "x-theirs": theirSecret.placeholder,
  });
});

/** An answer without what must differ from one request to the next. */
function withoutVariables(answer: { status: number; body: unknown }, id: string): unknown {
  const { timestamp, requestId, ...body } = answer.body as Record<string, unknown>;
  expect({ timestamp, requestId }).toEqual({
    timestamp: expect.any(String),
    requestId: expect.any(String),
  });
  return JSON.parse(JSON.stringify({ ...answer, body }).replaceAll(id, "ID"));
}

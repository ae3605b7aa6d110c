import { eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { secrets } from "../../shared/database/schema.ts";
import { parseMasterKeys } from "../../shared/encryption/master-keys.ts";
import { sealValue } from "../../shared/encryption/sealed-value.ts";
import { SecretValue } from "../../shared/secret-value.ts";
import {
  callEgress,
  createSandbox,
  openTestDatabase,
  type TestSandbox,
  type TestSecret,
  toForwardingPath,
} from "./testing/fixture.ts";
import { readLog } from "./testing/leak-net.ts";
import { getSeen, listSeen } from "./testing/upstream.ts";

const LOST_KEYS = parseMasterKeys(
  JSON.stringify({ keys: [{ kty: "oct", kid: "lost", k: "k".repeat(43) }] }),
);

let sandbox: TestSandbox;
let lost: TestSecret;
let other: TestSecret;

beforeEach(async () => {
  sandbox = await createSandbox({ secrets: [{}, {}] });
  [lost, other] = sandbox.secrets as [TestSecret, TestSecret];
  const owner = { organizationId: sandbox.organizationId, secretId: lost.id, version: 1 };
  const sealedValue = await sealValue(LOST_KEYS, owner, new SecretValue(lost.value));
  await openTestDatabase().update(secrets).set({ sealedValue }).where(eq(secrets.id, lost.id));
});

type Part = [string, (placeholder: string) => { path?: string; init?: RequestInit }];

test.each<Part>([
  ["a header", (placeholder) => ({ init: { headers: { "X-Key": placeholder } } })],
  ["Basic", (placeholder) => ({ init: { headers: { Authorization: toBasic(placeholder) } } })],
  ["the query", (placeholder) => ({ path: `?key=${placeholder}` })],
  ["a body", (placeholder) => ({ init: { method: "POST", body: `key=${placeholder}` } })],
  [
    "a streamed body",
    (placeholder) => ({
      init: { method: "POST", body: new Response(`key=${placeholder}`).body } as RequestInit,
    }),
  ],
])(
  "a request that would carry a value whose master key is missing in %s is a 503",
  async (...[, make]) => {
    const { path = "", init } = make(lost.placeholder);
    const answer = await sandbox.call(`https://${sandbox.host}/${path}`, init);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("Egret-Error")).toBe("SERVICE_UNAVAILABLE");
    expect(answer.headers.get("Retry-After")).toBe("30");
    expect(await answer.json()).toMatchObject({ message: "A secret's value cannot be opened" });
    expect(readLog()).toContain(`secret ${lost.id}: its master key is missing (key lost)`);
    expect(await listSeen(lost.placeholder)).toEqual([]);
  },
);

test("all other requests of the sandbox work, also to the same host", async () => {
  const answer = await sandbox.call(`https://${sandbox.host}/`, {
    method: "POST",
    headers: { Authorization: `Bearer ${other.placeholder}` },
    body: "nothing to see",
  });
  expect(answer.status).toBe(200);
  const seen = await getSeen(sandbox.host);
  expect(seen.headers["authorization"]).toBe(`Bearer ${other.value}`);
});

test("a host that may not receive the value is told nothing of it", async () => {
  const answer = await sandbox.call(`https://not-${sandbox.host}/`, {
    headers: { Authorization: `Bearer ${lost.placeholder}` },
  });
  expect(answer.status).toBe(200);
});

test("an explanation fails as the request would", async () => {
  const route = toForwardingPath(`https://${sandbox.host}/?key=${lost.placeholder}`);
  const headers = { "Proxy-Authorization": `Bearer ${sandbox.token}` };
  const answer = await callEgress(route.replace("/forward/", "/explain/"), { headers });
  expect(answer.status).toBe(503);
});

function toBasic(password: string): string {
  return `Basic ${btoa(`user:${password}`)}`;
}

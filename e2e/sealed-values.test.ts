import { randomBytes } from "node:crypto";
import { type Client, createClient } from "@libsql/client/web";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { callApi, createSandbox, createSecret, fetchThroughEgress } from "../local/client.ts";
import { startUpstream, type Upstream } from "../local/demo/upstream.ts";

const local = inject("local");

let upstream: Upstream;
let database: Client;

beforeAll(async () => {
  upstream = await startUpstream();
  database = createClient({ url: local.databaseUrl });
});

afterAll(async () => {
  database.close();
  await upstream.close();
});

test("a ciphertext copied to another row does not open", async () => {
  const source = await create("the source's value");
  const victim = await create("the victim's value");
  await database.execute({
    sql: `UPDATE secrets SET sealed_value = (SELECT sealed_value FROM secrets WHERE id = ?)
          WHERE id = ?`,
    args: [source.id, victim.id],
  });
  await expectClosed(victim);
});

test("an older ciphertext that is put back does not open", async () => {
  const secret = await create("the old value");
  const { rows } = await database.execute({
    sql: "SELECT sealed_value FROM secrets WHERE id = ?",
    args: [secret.id],
  });
  await callApi(local, "PATCH", `/secret/${secret.id}`, { value: "the new value" });
  await database.execute({
    sql: "UPDATE secrets SET sealed_value = ? WHERE id = ?",
    args: [rows[0]?.["sealed_value"] ?? null, secret.id],
  });
  await expectClosed(secret);
});

function create(value: string) {
  const name = `SEALED_${randomBytes(6).toString("hex")}`;
  return createSecret(local, { name, value, hosts: ["127.0.0.1"] });
}

/** A request that would carry the value is refused, and the upstream sees nothing of it. */
async function expectClosed(secret: { name: string; placeholder: string }): Promise<void> {
  const sandbox = await createSandbox(local, [{ API_KEY: secret.name }]);
  const before = upstream.seen.length;
  const answer = await fetchThroughEgress(sandbox, `http://127.0.0.1:${upstream.port}/`, {
    headers: { "X-Api-Key": secret.placeholder },
  });
  expect(answer.status).toBe(503);
  expect(answer.headers.get("Egret-Error")).toBe("SERVICE_UNAVAILABLE");
  expect(await answer.text()).not.toMatch(/the (source|victim|old|new)/);
  expect(upstream.seen).toHaveLength(before);
}

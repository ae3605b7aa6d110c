import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client/web";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrateDatabase } from "../migrations/migrate.ts";
import { createApiKey, hashApiKey } from "../shared/api-key.ts";
import { PERMISSIONS } from "../workers/api/permissions.ts";
import { type DatabaseServer, startDatabaseServer } from "./database/server.ts";
import { createFirstOrganization } from "./first-organization.ts";

const LOCATION_TOKEN = "token-of-the-test";
const NOW = 1_700_000_000_000;

let folder: string;
let server: DatabaseServer;
let location: { url: string; authToken: string };
let client: Client;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "egret-first-"));
  const file = join(folder, "test.db");
  server = await startDatabaseServer({ file, port: 0, authToken: LOCATION_TOKEN });
  location = { url: server.url, authToken: LOCATION_TOKEN };
  await migrateDatabase(location.url, location.authToken);
  client = createClient(location);
});

afterEach(async () => {
  client.close();
  await server.close();
  await rm(folder, { recursive: true });
});

test("creates an organization, its owner and a key of all permissions, known by its hash", async () => {
  const apiKey = createApiKey();
  expect(await createFirstOrganization(location, { id: "first", apiKey }, NOW)).toBe(true);
  const owners = await read("SELECT organization_id, user_id, role FROM organization_users");
  expect(owners).toEqual([{ organization_id: "first", user_id: "local-owner", role: "owner" }]);
  const [key] = await read("SELECT * FROM api_keys");
  expect(key).toMatchObject({
    organization_id: "first",
    user_id: "local-owner",
    hash: await hashApiKey(apiKey),
    created_at: NOW,
    expires_at: null,
  });
  expect(JSON.parse(String(key?.["permissions"]))).toEqual([...PERMISSIONS]);
  expect(JSON.stringify(key)).not.toContain(apiKey);
});

test("changes nothing when it is run again: a key deleted since stays deleted", async () => {
  const organization = { id: "first", apiKey: createApiKey() };
  await createFirstOrganization(location, organization, NOW);
  await client.execute("DELETE FROM api_keys");
  expect(await createFirstOrganization(location, organization, NOW + 1)).toBe(false);
  expect(await read("SELECT * FROM api_keys")).toEqual([]);
  expect(await read("SELECT updated_at FROM organizations")).toEqual([{ updated_at: NOW }]);
});

async function read(sql: string) {
  const { rows } = await client.execute(sql);
  return rows.map((row) => ({ ...row }));
}

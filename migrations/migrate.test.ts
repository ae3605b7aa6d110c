import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createClient } from "@libsql/client/web";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DatabaseServer, startDatabaseServer } from "../local/database/server.ts";

const TOKEN = "token-of-the-test";

let folder: string;
let database: DatabaseServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "egret-migrate-"));
  database = await startDatabaseServer({
    file: join(folder, "test.db"),
    port: 0,
    authToken: TOKEN,
  });
});

afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

test("migrates an empty database, and changes nothing when it is run again", async () => {
  for (const run of [1, 2]) {
    const env = { DATABASE_URL: database.url, DATABASE_AUTH_TOKEN: TOKEN };
    expect(await migrate(env), `run ${run}`).toEqual({
      code: 0,
      output: "The database has the newest schema.\n",
    });
  }
  const client = createClient({ url: database.url, authToken: TOKEN });
  const { rows } = await client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
  client.close();
  expect(rows.map((row) => row["name"])).toEqual(
    expect.arrayContaining(["organizations", "secrets", "sandboxes", "audit_logs"]),
  );
});

test("takes the token in the URL too", async () => {
  const env = { DATABASE_URL: `${database.url}?authToken=${TOKEN}` };
  expect(await migrate(env)).toMatchObject({ code: 0 });
});

test("asks for DATABASE_URL", async () => {
  const output = "Set DATABASE_URL (and DATABASE_AUTH_TOKEN, where the database wants one).\n";
  expect(await migrate({})).toEqual({ code: 2, output });
  expect(await migrate({ DATABASE_URL: "" })).toEqual({ code: 2, output });
});

test.each(["file:/tmp/some.db", "ftp://host", "no url", ":"])("refuses the URL %s", async (url) => {
  expect(await migrate({ DATABASE_URL: url })).toEqual({
    code: 1,
    output: "DATABASE_URL is not the URL of a libSQL database (libsql:, https: or http:).\n",
  });
});

test("names a refused token and shows none", async () => {
  expect(await migrate({ DATABASE_URL: database.url, DATABASE_AUTH_TOKEN: "wrong" })).toEqual({
    code: 1,
    output: "The database refuses the token: check DATABASE_AUTH_TOKEN.\n",
  });
});

test.each([
  [401, "The database refuses the token: check DATABASE_AUTH_TOKEN.\n"],
  [404, "The server answered with status 404: check DATABASE_URL.\n"],
])("explains a server that answers with status %i", async (status, output) => {
  const server = createServer((_, response) => response.writeHead(status).end("no"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    expect(await migrate({ DATABASE_URL: `http://127.0.0.1:${port}` })).toEqual({
      code: 1,
      output,
    });
  } finally {
    server.close();
  }
});

test("says that nobody answers", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await migrate({ DATABASE_URL: `http://127.0.0.1:${port}` })).toEqual({
    code: 1,
    output: "The database cannot be reached (ECONNREFUSED): check DATABASE_URL.\n",
  });
});

async function migrate(env: Record<string, string>): Promise<{ code: unknown; output: string }> {
  const script = join(import.meta.dirname, "migrate.ts");
  const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const [code, out, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, output: out + errors };
}

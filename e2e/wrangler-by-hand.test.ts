import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { callApi, createSandbox, createSecret, fetchThroughEgress } from "../local/client.ts";
import { startUpstream } from "../local/demo/upstream.ts";
import { choosePort } from "../local/ports.ts";

const ROOT = resolve(import.meta.dirname, "..");
const COPIED = [
  ...[".env", "package.json", "wrangler.toml", "tsconfig.json"],
  ...["local", "migrations", "shared", "workers"],
];
const READY_MS = 60_000;

let copy: string;
const children: ChildProcess[] = [];

// In a copy of the project: the default state folder of the real one is its user's.
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "egret-by-hand-"));
  for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
});

afterAll(async () => {
  const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
  for (const child of running.reverse()) {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  await rm(copy, { recursive: true });
});

test("both Workers, started by hand, serve the database that npm run database starts", async () => {
  const api = await choosePort(0, "PORT", []);
  const egress = await choosePort(0, "PORT", [api]);
  const ports = { EGRET_API_PORT: String(api), EGRET_EGRESS_PORT: String(egress) };
  const database = run("local/start.js", ["database"], {
    ...ports,
    EGRET_DATABASE_PORT: "0",
    EGRET_STATE_DIR: "",
  });
  await vi.waitFor(() => expect(database.output()).toContain("wrangler dev"), READY_MS);
  for (const [name, port] of [["api", api] as const, ["egress", egress] as const]) {
    const options = ["--port", String(port), "--inspector-port", "0"];
    run("node_modules/wrangler/bin/wrangler.js", ["dev", "-e", name, ...options], {});
  }

  const { apiKey, organizationId } = JSON.parse(
    await readFile(join(copy, ".egret/keys.json"), "utf8"),
  );
  const apiUrl = `http://127.0.0.1:${api}/api`;
  const egressUrl = `http://127.0.0.1:${egress}`;
  await vi.waitFor(() => Promise.all([fetch(apiUrl), fetch(egressUrl)]), READY_MS);
  const local = { apiUrl, egressUrl, databaseUrl: "", apiKey, organizationId };
  expect(await callApi(local, "GET", "/health/ready")).toMatchObject({ status: 200 });

  const upstream = await startUpstream();
  const value = "by-hand-value-of-a-secret";
  await createSecret(local, { name: "BY_HAND", value, hosts: ["127.0.0.1"] });
  const sandbox = await createSandbox(local, [{ API_KEY: "BY_HAND" }]);
  const headers = { "X-Api-Key": sandbox.env["API_KEY"] ?? "" };
  await fetchThroughEgress(sandbox, `http://127.0.0.1:${upstream.port}/?q=1`, { headers });
  expect(upstream.seen.at(-1)?.headers["x-api-key"]).toBe(value);
  await upstream.close();
  await expectNowhere(value);
});

/** Wrangler's own folder holds no value either. */
async function expectNowhere(value: string): Promise<void> {
  for (const folder of [".wrangler", ".egret"]) {
    const path = join(copy, folder);
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const content = await readFile(join(entry.parentPath, entry.name));
      expect(content.includes(value), join(entry.parentPath, entry.name)).toBe(false);
    }
  }
}

function run(script: string, args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [join(copy, script), ...args], {
    cwd: copy,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      said += data;
    });
  }
  return { output: () => said };
}

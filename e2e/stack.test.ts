import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import { callApi, createSecret } from "../local/client.ts";
import { describeProcess } from "../local/process-identity.ts";
import type { LocalDetails } from "../local/state.ts";
import { listDescendants } from "./testing/process-tree.ts";
import {
  type StackProcess,
  spawnStack,
  stopStack,
  waitForDetails,
} from "./testing/stack-process.ts";

const STOP_MS = 5000;

let parent: string;
const started: StackProcess[] = [];

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "egret-stack-"));
});

afterEach(async () => {
  for (const stack of started.splice(0)) {
    if (describeProcess(stack.pid) !== null) await stopStack(stack);
  }
});

afterAll(() => rm(parent, { recursive: true }));

test("keeps data and key over a restart, shows the key once and nothing else of its secrets", async () => {
  const folder = join(parent, "restart");
  const first = start(folder);
  const details = await waitForDetails(first);
  const secret = await createSecret(details, { name: "KEPT", value: "kept", hosts: [] });
  expect(await stopStack(first)).toBe(0);
  expect(first.output()).toContain(details.apiKey);
  expect(first.output()).toContain(details.apiUrl);
  expect(first.output()).toContain(details.egressUrl);

  const ports = portsOf(details);
  const second = start(folder, ports);
  const again = await waitForDetails(second);
  expect(again).toEqual(details);
  expect(await callApi(again, "GET", "/secret")).toMatchObject({
    status: 200,
    body: [{ id: secret.id, name: "KEPT" }],
  });
  expect(second.output()).not.toContain(details.apiKey);
  const keys = JSON.parse(await readFile(join(folder, "keys.json"), "utf8"));
  for (const output of [first.output(), second.output()]) {
    expect(output).not.toContain(keys.databaseAuthToken);
    expect(output).not.toContain(JSON.parse(keys.masterKeys).keys[0].k);
  }
});

test("keeps its state to its user, and its secrets out of the arguments of processes", async () => {
  const folder = inject("stateDirectory");
  expect(Object.keys(JSON.parse(await readFile(join(folder, "local.json"), "utf8")))).toEqual([
    "apiUrl",
    "egressUrl",
    "databaseUrl",
    "apiKey",
    "organizationId",
  ]);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const mode = (await stat(path)).mode & 0o777;
    expect(mode, path).toBe(entry.isDirectory() ? 0o700 : 0o600);
  }
  const { pid } = JSON.parse(await readFile(join(folder, "lock"), "utf8"));
  const keys = JSON.parse(await readFile(join(folder, "keys.json"), "utf8"));
  const descendants = await listDescendants(pid);
  expect(descendants.length).toBeGreaterThanOrEqual(3);
  for (const { command } of descendants) {
    expect(command).not.toContain(keys.databaseAuthToken);
    expect(command).not.toContain(keys.apiKey);
    expect(command).not.toContain(JSON.parse(keys.masterKeys).keys[0].k);
  }
});

test("refuses a second start on the same state and leaves the first alone", async () => {
  const second = start(inject("stateDirectory"));
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`already running on the state folder ${second.stateDirectory}`);
  const local = inject("local");
  expect(await callApi(local, "GET", "/secret/paginated")).toMatchObject({ status: 200 });
  expect(JSON.parse(await readFile(join(second.stateDirectory, "local.json"), "utf8"))).toEqual(
    local,
  );
});

test.each(["EGRET_API_PORT", "EGRET_EGRESS_PORT", "EGRET_DATABASE_PORT"])(
  "names a taken port and its variable %s, and leaves nothing running",
  async (variable) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const stack = start(join(parent, variable), { [variable]: String(port) });
    expect(await stack.ended).toBe(1);
    expect(stack.output()).toContain(`Port ${port} (${variable})`);
    await new Promise((resolve) => server.close(resolve));
  },
);

test("names a bad port without a stack trace", async () => {
  const stack = start(join(parent, "bad"), { EGRET_API_PORT: "http" });
  expect(await stack.ended).toBe(1);
  expect(stack.output()).toBe(
    'EGRET_API_PORT must be a port from 0 (any free one) to 65535, not "http".\n',
  );
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "stops all of it within 5 s of %s and leaves no process",
  async (signal) => {
    const stack = start(join(parent, signal));
    await waitForDetails(stack);
    const descendants = await listDescendants(stack.pid);
    const before = Date.now();
    process.kill(stack.pid, signal);
    expect(await stack.ended).toBe(0);
    expect(Date.now() - before).toBeLessThan(STOP_MS);
    expect(descendants.filter(({ pid }) => describeProcess(pid) !== null)).toEqual([]);
  },
);

test("leaves no process when it is killed, and starts again on what it left", async () => {
  const folder = join(parent, "killed");
  const stack = start(folder);
  const details = await waitForDetails(stack);
  const descendants = await listDescendants(stack.pid);
  process.kill(stack.pid, "SIGKILL");
  await vi.waitFor(
    () => expect(descendants.filter(({ pid }) => describeProcess(pid) !== null)).toEqual([]),
    { timeout: STOP_MS },
  );
  expect(await waitForDetails(start(folder, portsOf(details)))).toEqual(details);
});

test("stops all of it, with a message and an error, when one part ends by itself", async () => {
  const stack = start(join(parent, "part"));
  await waitForDetails(stack);
  const descendants = await listDescendants(stack.pid);
  const database = descendants.find(({ command }) => command.includes("database/main.ts"));
  process.kill(database?.pid ?? Number.NaN, "SIGKILL");
  expect(await stack.ended).toBe(1);
  expect(stack.output()).toContain("The database server ended by SIGKILL");
  expect(descendants.filter(({ pid }) => describeProcess(pid) !== null)).toEqual([]);
});

function start(folder: string, env: Record<string, string> = {}): StackProcess {
  const stack = spawnStack(folder, env);
  started.push(stack);
  return stack;
}

function portsOf({ apiUrl, egressUrl, databaseUrl }: LocalDetails): Record<string, string> {
  return {
    EGRET_API_PORT: new URL(apiUrl).port,
    EGRET_EGRESS_PORT: new URL(egressUrl).port,
    EGRET_DATABASE_PORT: new URL(databaseUrl).port,
  };
}

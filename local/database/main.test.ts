import { fork } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { createClient } from "@libsql/client/web";
import { expect, onTestFinished, test, vi } from "vitest";
import { createDatabasePath, startTestServer } from "./testing/database.ts";

// a busy machine may take its time to start processes
vi.setConfig({ testTimeout: 30_000 });

const MAIN = new URL("./main.ts", import.meta.url).pathname;

function run(args: string[], stdin: "ignore" | "pipe" = "ignore", token?: string) {
  const child = fork(MAIN, args, {
    execArgv: [],
    stdio: [stdin, "pipe", "pipe", "ipc"],
    env: { ...process.env, EGRET_DATABASE_AUTH_TOKEN: token },
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error("the child has no output");
  return Object.assign(child, { stdout, stderr });
}

async function readUrl(child: ReturnType<typeof run>): Promise<string> {
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return (JSON.parse(line.toString()) as { url: string }).url;
}

const start = (file: string, stdin?: "ignore" | "pipe", token?: string) =>
  run(["--file", file, "--port", "0"], stdin, token);

test.each(["SIGTERM", "SIGINT"] as const)("serves until %s, and the data stays", async (signal) => {
  const file = createDatabasePath();
  for (const expected of [1, 2]) {
    const child = start(file);
    const client = createClient({ url: await readUrl(child) });
    await client.execute("CREATE TABLE IF NOT EXISTS t (a)");
    await client.execute("INSERT INTO t VALUES (1)");
    const { rows } = await client.execute("SELECT count(*) n FROM t");
    expect(rows[0]?.n).toBe(expected);
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([0, null]);
  }
});

test("ends when its standard input does, as it does when the parent dies", async () => {
  const child = start(createDatabasePath(), "pipe");
  await readUrl(child);
  child.stdin?.end();
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("ends when its parent disconnects", async () => {
  const child = start(createDatabasePath(), "ignore");
  await readUrl(child);
  child.disconnect();
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("takes its token from the environment, and says nothing of SQL or arguments", async () => {
  const child = start(createDatabasePath(), "ignore", "env-token");
  const url = await readUrl(child);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  await expect(createClient({ url }).execute("SELECT 1")).rejects.toThrow("token");
  const client = createClient({ url, authToken: "env-token" });
  await client.execute({ sql: "SELECT ? AS plain", args: ["hush"] });
  await expect(client.execute({ sql: "SELECT ? hush", args: ["hush", "hush"] })).rejects.toThrow();
  child.kill("SIGTERM");
  expect((await output).join("")).toBe("");
});

test.each([
  [[], "usage"],
  [["--file", "x.db"], "usage"],
  [["--file", "x.db", "--port", "70000"], "usage"],
  [["--file", "/nowhere/x.db", "--port", "0"], "/nowhere/x.db"],
  [["--nonsense"], "--nonsense"],
])("says what is wrong with %j and fails", async (args, message) => {
  const child = run(args);
  const complaint = text(child.stderr);
  expect(await once(child, "exit")).toEqual([1, null]);
  expect(await complaint).toContain(message);
});

test("says that a port is taken and fails", async () => {
  const { port } = await startTestServer();
  const child = run(["--file", createDatabasePath(), "--port", String(port)]);
  const complaint = text(child.stderr);
  expect(await once(child, "exit")).toEqual([1, null]);
  expect(await complaint).toContain("already in use");
});

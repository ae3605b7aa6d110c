import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ChildOptions, startChild } from "./child.ts";
import { describeProcess } from "./process-identity.ts";

const LEASH = join(import.meta.dirname, "leash.ts");

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "egret-child-"));
});

afterEach(() => rm(folder, { recursive: true }));

test("keeps what it writes in its log, without colours, and shows its errors", async () => {
  const errors: string[] = [];
  const child = await start(
    `console.log("said"); console.log("dropped"); console.error("\\x1b[31mwrong\\x1b[0m");`,
    { keepsLine: (line) => line !== "dropped", onError: (line) => errors.push(line) },
  );
  expect(await child.ended).toBe("with code 0");
  await vi.waitFor(async () => {
    const log = await readFile(child.logFile, "utf8");
    expect(log.split("\n").sort()).toEqual(["", "said", "wrong"]);
  });
  expect(errors).toEqual(["wrong"]);
});

test("says how it ended", async () => {
  expect(await (await start("process.exit(3)")).ended).toBe("with code 3");
  expect(await (await start("process.kill(process.pid, 'SIGKILL')")).ended).toBe("by SIGKILL");
});

test("stops it with all that it has started", async () => {
  const child = await start(STARTS_ANOTHER, { nodeArgs: ["--import", LEASH] });
  const pids = await readPids(child.logFile);
  await child.stop();
  expect(pids.filter(isAlive)).toEqual([]);
});

test("stops by force what does not end when told", async () => {
  const child = await start(`process.on("SIGTERM", () => {}); ${STARTS_ANOTHER}`);
  const pids = await readPids(child.logFile);
  await child.stop();
  expect(await child.ended).toBe("by SIGKILL");
  expect(pids.filter(isAlive)).toEqual([]);
});

test("ends with its parent, however that went", async () => {
  const parent = await start(
    `import { startChild } from ${JSON.stringify(join(import.meta.dirname, "child.ts"))};
     startChild({
       name: "grandchild",
       nodeArgs: ["--import", ${JSON.stringify(LEASH)}],
       script: ${JSON.stringify(await writeScript("grandchild", STARTS_ANOTHER))},
       args: [],
       env: {},
       logFile: ${JSON.stringify(join(folder, "grandchild.log"))},
       onError: () => {},
     });
     console.log(process.pid);`,
  );
  const pids = await readPids(join(folder, "grandchild.log"));
  const [parentPid] = (await readFile(parent.logFile, "utf8")).split("\n");
  process.kill(Number(parentPid), "SIGKILL");
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5000 });
});

const STARTS_ANOTHER = `
  const { spawn } = await import("node:child_process");
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  console.log([process.pid, other.pid].join(" "));
  setInterval(() => {}, 1000);
`;

async function start(code: string, options: Partial<ChildOptions> = {}) {
  return startChild({
    name: "The child",
    nodeArgs: [],
    script: await writeScript("child", code),
    args: [],
    env: {},
    logFile: join(folder, "child.log"),
    onError: () => {},
    ...options,
  });
}

async function writeScript(name: string, code: string): Promise<string> {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, code);
  return path;
}

async function readPids(logFile: string): Promise<number[]> {
  return vi.waitFor(
    async () => {
      const pids = (await readFile(logFile, "utf8")).trim().split(" ").map(Number);
      expect(pids).toHaveLength(2);
      return pids;
    },
    { timeout: 10_000 },
  );
}

function isAlive(pid: number): boolean {
  return describeProcess(pid) !== null;
}

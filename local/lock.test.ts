import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StartError } from "./configuration.ts";
import { lockState } from "./lock.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "egret-lock-"));
});

afterEach(() => rm(folder, { recursive: true }));

test("locks out a second start, naming folder and process, until it is unlocked", async () => {
  const unlock = await lockState(folder);
  const second = lockState(folder);
  await expect(second).rejects.toThrow(StartError);
  await expect(second).rejects.toThrow(`${folder} (process ${process.pid})`);
  await unlock();
  await (await lockState(folder))();
  expect(await readdir(folder)).toEqual([]);
});

test("takes over the lock of a process that was killed", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", lockAndWait(folder)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  await expect(lockState(folder)).rejects.toThrow(`(process ${child.pid})`);
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await lockState(folder))();
});

test("takes over the lock of a process whose number another one has now", async () => {
  const unlock = await lockState(folder);
  const path = join(folder, "lock");
  const holder = JSON.parse(await readFile(path, "utf8"));
  await unlock();
  await writeFile(path, JSON.stringify({ ...holder, startTime: "1" }));
  await (await lockState(folder))();
});

test.each(["", "no JSON", "{}", "null"])("takes over a lock that says %j", async (content) => {
  await writeFile(join(folder, "lock"), content);
  await (await lockState(folder))();
});

test("lets exactly one of many starts at once take over a stale lock", async () => {
  await writeFile(join(folder, "lock"), "");
  const starts = Array.from({ length: 8 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", lockAndWait(folder)], {
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  const outcomes = await Promise.all(
    starts.map((child) =>
      Promise.race([
        once(child.stdout, "data").then(() => "locked"),
        once(child, "exit").then(() => "refused"),
      ]),
    ),
  );
  for (const child of starts) child.kill("SIGKILL");
  expect(outcomes.filter((outcome) => outcome === "locked")).toHaveLength(1);
});

function lockAndWait(directory: string): string {
  const lock = JSON.stringify(join(import.meta.dirname, "lock.ts"));
  return `
    const { lockState } = await import(${lock});
    await lockState(${JSON.stringify(directory)});
    console.log("locked");
    setInterval(() => {}, 1000);
  `;
}

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalDetails } from "../../local/state.ts";

const START = resolve(import.meta.dirname, "../../local/start.js");
const POLL_MS = 50;

/** `npm start` without npm: the process and all it has said. */
export type StackProcess = {
  pid: number;
  stateDirectory: string;
  /** Its standard output and standard error so far. */
  output(): string;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | string>;
};

/** Starts a stack on free ports, unless `env` names others. */
export function spawnStack(
  stateDirectory: string,
  env: Readonly<Record<string, string>> = {},
  command = "stack",
  args: readonly string[] = [],
): StackProcess {
  const child = spawn(process.execPath, [START, command, ...args], {
    env: {
      ...process.env,
      EGRET_API_PORT: "0",
      EGRET_EGRESS_PORT: "0",
      EGRET_DATABASE_PORT: "0",
      EGRET_STATE_DIR: stateDirectory,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
  }
  if (child.pid === undefined) throw new Error("the stack's process did not start");
  return {
    pid: child.pid,
    stateDirectory,
    output: () => said.join(""),
    ended: new Promise((done) => child.on("close", (code, signal) => done(code ?? signal ?? ""))),
  };
}

/** Waits until a stack is ready, and reads its local.json. */
export async function waitForDetails(stack: StackProcess): Promise<LocalDetails> {
  let end: number | string | undefined;
  stack.ended.then((how) => {
    end = how;
  });
  while (end === undefined) {
    // Not the file alone: one that a crash left is there until the new process has begun.
    if (stack.output().includes("Egret is ready.")) {
      return JSON.parse(await readFile(join(stack.stateDirectory, "local.json"), "utf8"));
    }
    await sleep(POLL_MS);
  }
  throw new Error(`the stack ended (${end}) before it was ready:\n${stack.output()}`);
}

/** Asks a stack to stop, as `kill` does, and waits for its end. */
export async function stopStack(stack: StackProcess): Promise<number | string> {
  process.kill(stack.pid, "SIGTERM");
  return stack.ended;
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { PROJECT_ROOT } from "./configuration.ts";

// Together below the 5 s in which the whole stack must have stopped.
const STOP_GRACE_MS = 3000;
const KILL_WAIT_MS = 1000;
const POLL_MS = 25;

/**
 * A Node script that runs as a child process. It must end when its standard input does: when it is
 * told to stop, or when this process dies.
 */
export type ChildOptions = {
  /** As it is called in messages. */
  name: string;
  nodeArgs: readonly string[];
  script: string;
  /** Visible to every user of the machine: no secrets. */
  args: readonly string[];
  /** Added to this process's environment. */
  env: Readonly<Record<string, string>>;
  /** Receives what it writes, anew at each start. */
  logFile: string;
  /** Which lines of its standard output are kept there; all unless told. */
  keepsLine?: (line: string) => boolean;
  /** Receives each line of its standard error too, until it is told to stop. */
  onError: (line: string) => void;
};

/** A running child process and everything it started. */
export type Child = {
  name: string;
  /** Leads a process group; undefined where it could not be started. */
  pid: number | undefined;
  logFile: string;
  /** How it ended, as part of a sentence ("with code 1"); pending while it runs. */
  ended: Promise<string>;
  /** Stops it and all its descendants, within 4 s, by force if need be. */
  stop(): Promise<void>;
};

/**
 * Starts a child in a process group of its own: a terminal's Ctrl-C does not reach it, and
 * `stop` reaches all that it has started.
 */
export function startChild(options: ChildOptions): Child {
  const { name, logFile, keepsLine = () => true, onError } = options;
  const log = openSync(logFile, "w", 0o600);
  const child = spawn(process.execPath, [...options.nodeArgs, options.script, ...options.args], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: "pipe",
  });
  const ended = describeEnd(child);
  let isStopping = false;
  const write = (line: string) => writeSync(log, `${line}\n`);
  const copied = [
    forEachLine(child.stdout, (line) => keepsLine(line) && write(line)),
    forEachLine(child.stderr, (line) => {
      write(line);
      if (!isStopping && line.trim() !== "") onError(line);
    }),
  ];
  Promise.all([ended, ...copied]).then(() => closeSync(log));
  const stop = () => {
    isStopping = true;
    return stopGroup(child, ended);
  };
  return { name, pid: child.pid, logFile, ended, stop };
}

async function describeEnd(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, "exit");
    return signal === null ? `with code ${code}` : `by ${signal}`;
  } catch (error) {
    return `before it started (${(error as Error).message})`;
  }
}

async function forEachLine(stream: Readable, use: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) use(stripVTControlCharacters(line));
}

async function stopGroup(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.pid === undefined) return;
  child.stdin?.end();
  const grace = new AbortController();
  await Promise.race([ended, sleep(STOP_GRACE_MS, null, { signal: grace.signal })]);
  grace.abort();
  const deadline = Date.now() + KILL_WAIT_MS;
  while (signalGroup(child.pid, "SIGKILL") && Date.now() < deadline) await sleep(POLL_MS);
}

/** Returns false when nobody of the group is left. */
function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false;
  }
}

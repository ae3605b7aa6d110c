import { readFileSync } from "node:fs";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartError } from "./configuration.ts";

type Holder = { pid: number; startTime: string | null };

/**
 * Locks a state folder for this process and returns the function that unlocks it. A lock whose
 * process has ended (crash, power cut) counts for nothing. Throws a StartError when another
 * process holds it.
 */
export async function lockState(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, "lock");
  const own = `${path}.${process.pid}`;
  await writeFile(own, JSON.stringify(describeProcess(process.pid)), { mode: 0o600 });
  try {
    while (!(await claim(own, path))) await removeIfStale(path, directory);
  } finally {
    await rm(own, { force: true });
  }
  return () => rm(path, { force: true });
}

/** A hard link is made whole or not at all: nobody ever reads a lock that is half written. */
async function claim(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function removeIfStale(path: string, directory: string): Promise<void> {
  refuseIfHeld(await readHolder(path), directory);
  // Moved first, then judged again: another start may have replaced the stale lock meanwhile.
  const moved = `${path}.stale.${process.pid}`;
  try {
    await rename(path, moved);
    const holder = await readHolder(moved);
    if (isAlive(holder)) await link(moved, path);
    refuseIfHeld(holder, directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    await rm(moved, { force: true });
  }
}

function refuseIfHeld(holder: Holder | null, directory: string): void {
  if (!isAlive(holder)) return;
  throw new StartError(
    `Egret is already running on the state folder ${directory} (process ${holder.pid}). ` +
      "Stop it, or set EGRET_STATE_DIR to another folder.",
  );
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Holder;
  } catch {
    return null;
  }
}

function isAlive(holder: Holder | null): holder is Holder {
  if (!Number.isSafeInteger(holder?.pid) || holder === null) return false;
  const now = describeProcess(holder.pid);
  if (now === null) return false;
  return now.startTime === holder.startTime;
}

/**
 * Who a process is: a pid alone is given again after some time, so Linux's start time goes with it
 * (proc_pid_stat(5), field 22). Null where no such process lives; a zombie does not.
 */
function describeProcess(pid: number): Holder | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return null;
  }
  const fields = readProcessStat(pid);
  if (fields === null) return { pid, startTime: null };
  const [state, startTime = null] = [fields[0], fields[19]];
  return state === "Z" || state === "X" ? null : { pid, startTime };
}

/** The fields from the third on: the second, the command in brackets, may hold spaces itself. */
function readProcessStat(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

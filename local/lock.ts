import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartError } from "./configuration.ts";
import { describeProcess, type ProcessIdentity } from "./process-identity.ts";

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

function refuseIfHeld(holder: ProcessIdentity | null, directory: string): void {
  if (!isAlive(holder)) return;
  throw new StartError(
    `Egret is already running on the state folder ${directory} (process ${holder.pid}). ` +
      "Stop it, or set EGRET_STATE_DIR to another folder.",
  );
}

async function readHolder(path: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as ProcessIdentity;
  } catch {
    return null;
  }
}

function isAlive(holder: ProcessIdentity | null): holder is ProcessIdentity {
  if (holder === null || !Number.isSafeInteger(holder.pid)) return false;
  return describeProcess(holder.pid)?.startTime === holder.startTime;
}

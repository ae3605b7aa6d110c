import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** A process as every user of the machine sees it. */
export type VisibleProcess = { pid: number; parent: number; command: string };

/** Lists what a process has started, directly or not. */
export async function listDescendants(root: number): Promise<VisibleProcess[]> {
  const processes = await listProcesses();
  const found: VisibleProcess[] = [];
  for (const pids = [root]; pids.length > 0; ) {
    const parent = pids.pop();
    const children = processes.filter((process) => process.parent === parent);
    found.push(...children);
    pids.push(...children.map(({ pid }) => pid));
  }
  return found;
}

/** From /proc where there is one (slim images lack ps), else from ps. */
async function listProcesses(): Promise<VisibleProcess[]> {
  const entries = await readdir("/proc").catch(() => null);
  if (entries === null) return listByPs();
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
  const processes = await Promise.all(pids.map(readProcess));
  return processes.filter((process) => process !== null);
}

async function readProcess(pid: number): Promise<VisibleProcess | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8");
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, parent: Number(parent), command: command.replaceAll("\0", " ") };
  } catch {
    return null;
  }
}

async function listByPs(): Promise<VisibleProcess[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,command="]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [, pid, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return { pid: Number(pid), parent: Number(parent), command };
    });
}

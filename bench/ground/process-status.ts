import { readFileSync } from "node:fs";

// What the kernel counts in; the same on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

/** The most memory that a process has had, in MiB; null where there is no /proc. */
export function readPeakMib(pid: number): number | null {
  const status = readProc(pid, "status");
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(status ?? "") ?? [];
  return kib === undefined ? null : Number(kib) / 1024;
}

/** The processor time that a process has used, in seconds; null where there is no /proc. */
export function readCpuSeconds(pid: number): number | null {
  const stat = readProc(pid, "stat");
  if (stat === null) return null;
  // The second field, the name, may hold spaces; user and system time are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return null;
  }
}

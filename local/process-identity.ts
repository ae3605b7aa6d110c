import { readFileSync } from "node:fs";

/** A process, also told from a later one with the same number. */
export type ProcessIdentity = {
  pid: number;
  /** On Linux, in its own units; null elsewhere. */
  startTime: string | null;
};

// Counted from the field after the command (proc_pid_stat(5): state is the third, starttime the
// twenty-second).
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

/** Says who a process is; null where none with this number lives (a zombie does not). */
export function describeProcess(pid: number): ProcessIdentity | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return null;
  }
  const fields = readProcessStat(pid);
  if (fields === null) return { pid, startTime: null };
  const state = fields[STATE_FIELD];
  return state === "Z" || state === "X"
    ? null
    : { pid, startTime: fields[START_TIME_FIELD] ?? null };
}

/** The fields after the second, the command in brackets, which may hold spaces itself. */
function readProcessStat(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

import { readdir, readFile } from "node:fs/promises";

/**
 * The processes of a group and their resident memory in MiB, those of one name in the order in which
 * they were started; empty where there is no /proc.
 */
export async function measureGroup(leader: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  const entries = await readdir("/proc").catch(() => []);
  const pids = entries.filter((entry) => /^\d+$/.test(entry));
  for (const pid of pids.sort((one, other) => Number(one) - Number(other))) {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
    const [, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(group) !== leader) continue;
    const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
    const name = /^Name:\s+(.*)$/m.exec(status)?.[1] ?? "?";
    const kib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    const ofThatName = Object.keys(found).filter((key) => key.startsWith(name)).length;
    found[ofThatName === 0 ? name : `${name} ${ofThatName + 1}`] = Math.round(kib / 1024);
  }
  return found;
}

import { readdir, readFile } from "node:fs/promises";

/** The processes of a group and their resident memory in MiB; empty where there is no /proc. */
export async function measureGroup(leader: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  const entries = await readdir("/proc").catch(() => []);
  for (const pid of entries.filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
    const [, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(group) !== leader) continue;
    const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
    const name = /^Name:\s+(.*)$/m.exec(status)?.[1] ?? "?";
    const kib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    found[name] = (found[name] ?? 0) + Math.round(kib / 1024);
  }
  return found;
}

import { readFileSync } from "node:fs";
import { cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { PROJECT_ROOT } from "../local/configuration.ts";

/** On what the figures were measured. */
export type Machine = {
  cpu: string;
  cores: number;
  memoryGib: number;
  system: string;
  node: string;
  workerd: string;
  /** Processes that wanted to run in the minute before: above 0, others were measured too. */
  loadBefore: number;
};

/** Describes this machine. */
export function describeMachine(): Machine {
  const manifest = readFileSync(join(PROJECT_ROOT, "node_modules/workerd/package.json"), "utf8");
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.versions.node,
    workerd: JSON.parse(manifest).version,
    loadBefore: Number(loadavg()[0]?.toFixed(2)),
  };
}

/** Writes it in one line. */
export function renderMachine(machine: Machine): string {
  const { cpu, cores, memoryGib, system, node, workerd, loadBefore } = machine;
  return (
    `${cpu}, ${cores} cores, ${memoryGib} GiB, ${system}; ` +
    `Node ${node}, workerd ${workerd}; load average before ${loadBefore}`
  );
}

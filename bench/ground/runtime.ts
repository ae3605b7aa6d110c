import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../local/configuration.ts";
import { startHelper } from "../processes/process.ts";
import type { RuntimeAnswer, RuntimeTask } from "../processes/runtime.ts";
import { type RuntimeWorker, renderRuntimeConfig } from "./runtime-config.ts";

const BINARY = join(PROJECT_ROOT, "node_modules/workerd/bin/workerd");

/** A running workerd. */
export type Runtime = {
  pid: number;
  /** Where each of its Workers answers. */
  getOrigin(worker: string): string;
  /** Where the inspector of a Worker's isolate answers. Throws where it was not asked for. */
  getInspectorUrl(worker: string): string;
  stop(): Promise<void>;
};

/** Starts workerd with some Workers; returns when all of them listen. `folder` has their modules. */
export async function startRuntime(
  folder: string,
  workers: readonly RuntimeWorker[],
  kvAddress: string,
  inspect: boolean,
): Promise<Runtime> {
  const configFile = join(folder, `${workers.map(({ name }) => name).join("-")}.capnp`);
  // It holds the deployment's keys.
  await writeFile(configFile, renderRuntimeConfig(workers, kvAddress), { mode: 0o600 });
  const { answer, stop } = await startHelper<RuntimeTask, RuntimeAnswer>("runtime.ts", {
    binary: BINARY,
    configFile,
    sockets: workers.length,
    inspect,
  });
  return {
    pid: answer.pid,
    getOrigin: (worker) => `http://127.0.0.1:${answer.ports[worker]}`,
    getInspectorUrl(worker) {
      if (answer.inspectorPort === null) throw new Error("workerd runs without its inspector");
      return `ws://127.0.0.1:${answer.inspectorPort}/${worker}`;
    },
    stop,
  };
}

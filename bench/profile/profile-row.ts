import { mkdir, readFile, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { join, relative } from "node:path";
import { PROJECT_ROOT } from "../../local/configuration.ts";
import type { Benchmark } from "../benchmark.ts";
import type { BenchWorker, Ground } from "../ground/ground.ts";
import type { Runtime } from "../ground/runtime.ts";
import { UsageError } from "../options.ts";
import { type CpuProfile, listSelfTimes, type Sources } from "./cpu-profile.ts";
import { connectInspector } from "./inspector.ts";

const SAMPLING_INTERVAL_MICROSECONDS = 200;
const LISTED_FUNCTIONS = 30;
const PROFILES = join(PROJECT_ROOT, "dist/profiles");

/**
 * Records what workerd does under the load of one row, once it is warm; gives the functions that
 * took the longest, and keeps the profile for Chrome's DevTools. Throws a UsageError for a row that
 * is no load.
 */
export async function profileRow(ground: Ground, benchmark: Benchmark, row: string) {
  const { profiled } = benchmark;
  if (profiled === undefined) throw new UsageError(`The row "${row}" is no load to be profiled.`);
  const { worker } = profiled;
  const runtime = await ground.startRuntime([worker], true);
  try {
    await profiled.exercise(ground, runtime, row);
    const profile = await record(runtime, worker, () => profiled.exercise(ground, runtime, row));
    const file = join(PROFILES, `${row}.cpuprofile`);
    await mkdir(PROFILES, { recursive: true });
    await writeFile(file, JSON.stringify(profile));
    const selfTimes = listSelfTimes(profile, await readSources(ground, worker));
    const lines = selfTimes.slice(0, LISTED_FUNCTIONS).map(({ name, place, share }) => {
      return `${(share * 100).toFixed(1).padStart(5)} %  ${name.padEnd(32)} ${place}`;
    });
    if (lines.length === 0) lines.push("The Worker's own code was never seen to run.");
    return [...lines, `\nThe whole profile: ${relative(process.cwd(), file)}`].join("\n");
  } finally {
    await runtime.stop();
  }
}

async function record(
  runtime: Runtime,
  worker: BenchWorker,
  exercise: () => Promise<void>,
): Promise<CpuProfile> {
  const inspector = await connectInspector(runtime.getInspectorUrl(worker));
  try {
    await inspector.send("Profiler.enable");
    await inspector.send("Profiler.setSamplingInterval", {
      interval: SAMPLING_INTERVAL_MICROSECONDS,
    });
    await inspector.send("Profiler.start");
    await exercise();
    const { profile } = (await inspector.send("Profiler.stop")) as { profile: CpuProfile };
    return profile;
  } finally {
    inspector.close();
  }
}

async function readSources(ground: Ground, worker: BenchWorker): Promise<Sources | null> {
  const folder = join(ground.folder, worker);
  try {
    const map = JSON.parse(await readFile(join(folder, "index.js.map"), "utf8"));
    return { folder, map: new SourceMap(map) };
  } catch {
    return null;
  }
}

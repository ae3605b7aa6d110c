import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { choosePort } from "../../local/ports.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import type { LocalDetails } from "../../local/state.ts";
import type { Bindings, WorkerName } from "../../local/worker.ts";
import type { Effort } from "../effort.ts";
import { startHelper } from "../processes/process.ts";
import type { UpstreamAnswer, UpstreamTask } from "../processes/upstream.ts";
import { buildBundles } from "./bundles.ts";
import { type CountingDatabase, openCountingDatabase } from "./database-proxy.ts";
import { type CountingKv, openCountingKv } from "./kv.ts";
import { type Runtime, startRuntime } from "./runtime.ts";
import type { RuntimeWorker } from "./runtime-config.ts";
import { createSandboxes, createValue, type Sandboxes } from "./sandboxes.ts";

// A machine that does much else is slow and not broken: only its figures are worth nothing.
const DATABASE_TIMEOUT_MS = 30_000;

/** The Workers that may run: the two of Egret, the egress with a count, and those beside it. */
export type BenchWorker = WorkerName | "baseline" | "counting" | "floor";

/** What every benchmark stands on. */
export type Ground = {
  effort: Effort;
  /** Where the bundles are. */
  folder: string;
  database: CountingDatabase;
  kv: CountingKv;
  /** The upstream's `host:port`. */
  upstream: string;
  /** The API, running, with its key. */
  local: LocalDetails;
  /** The real value of KEY. */
  value: string;
  sandboxes: Sandboxes;
  /** Starts a workerd of its own for some Workers. */
  startRuntime(workers: readonly BenchWorker[], inspect?: boolean): Promise<Runtime>;
};

/** A resource that is to be given back. */
type Closers = (() => Promise<unknown>)[];

/** Prepares the ground, lets `use` work on it, and takes all of it down again. */
export async function withGround<T>(
  effort: Effort,
  signal: AbortSignal,
  use: (ground: Ground) => Promise<T>,
): Promise<T> {
  const closers: Closers = [];
  try {
    const ground = await prepareGround(effort, signal, closers);
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    return await Promise.race([use(ground), stopped]);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function prepareGround(effort: Effort, signal: AbortSignal, closers: Closers) {
  const folder = await mkdtemp(join(tmpdir(), "egret-bench-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const building = buildBundles(folder);
  // It is waited for below; a failure before that must not be called unhandled.
  building.catch(() => {});
  const stack = await startDatabase(join(folder, "state"), signal);
  closers.push(() => stack.stop());
  const database = await openCountingDatabase(stack.details.databaseUrl);
  closers.push(() => database.close());
  const kv = await openCountingKv();
  closers.push(() => kv.close());
  const value = createValue();
  const upstream = await startHelper<UpstreamTask, UpstreamAnswer>("upstream.ts", { value });
  closers.push(() => upstream.stop());
  await building;
  const workers = await describeWorkers(join(folder, "state"), database.url);
  const start = (names: readonly BenchWorker[], inspect = false) =>
    startRuntime(
      folder,
      names.map((name) => workers[name]),
      kv.address,
      inspect,
    );
  const api = await start(["api"]);
  closers.push(() => api.stop());
  const local = { ...stack.details, apiUrl: `${api.getOrigin("api")}/api` };
  const sandboxes = await createSandboxes(local, value);
  const { host } = upstream.answer;
  return {
    effort,
    folder,
    database,
    kv,
    upstream: host,
    local,
    value,
    sandboxes,
    startRuntime: start,
  };
}

/** The local stack's database with its first organization, without its Workers. */
async function startDatabase(stateDirectory: string, signal: AbortSignal): Promise<Stack> {
  const apiPort = await choosePort(0, "", []);
  const egressPort = await choosePort(0, "", [apiPort]);
  return startStack({
    configuration: { apiPort, egressPort, databasePort: 0, stateDirectory },
    databaseOnly: true,
    onError: (line) => console.error(line),
    signal,
  });
}

async function describeWorkers(
  stateDirectory: string,
  databaseUrl: string,
): Promise<Record<BenchWorker, RuntimeWorker>> {
  // The stack has written them for Workers that are run by hand.
  const read = async (name: WorkerName): Promise<Bindings> => {
    const text = await readFile(join(stateDirectory, `${name}.env`), "utf8");
    return {
      ...(parseEnv(text) as Bindings),
      DATABASE_URL: databaseUrl,
      DATABASE_TIMEOUT_MS: String(DATABASE_TIMEOUT_MS),
    };
  };
  const api = { ...(await read("api")), MAX_SECRETS_PER_ORGANIZATION: "100000" };
  const egress = await read("egress");
  return {
    api: { name: "api", modules: ["api/index.js"], bindings: api, hasKv: false },
    egress: { name: "egress", modules: ["egress/index.js"], bindings: egress, hasKv: true },
    counting: {
      name: "counting",
      modules: ["counting.js", "egress/index.js"],
      bindings: egress,
      hasKv: true,
    },
    baseline: { name: "baseline", modules: ["baseline.js"], bindings: {}, hasKv: false },
    floor: { name: "floor", modules: ["floor.js"], bindings: {}, hasKv: false },
  };
}

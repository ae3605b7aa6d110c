import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StartError } from "../configuration.ts";
import { startStack } from "../stack.ts";
import { createStopSignal } from "../stop-signal.ts";
import { type DatabaseProxy, startDatabaseProxy } from "./database-proxy.ts";
import { BOUND_MS } from "./ledger.ts";
import { parseOptions, type SoakOptions } from "./options.ts";
import { createRandom } from "./random.ts";
import { runSoak } from "./soak.ts";
import { renderTable, type SoakResult } from "./table.ts";

const UPSTREAM_TIMEOUT_MS = 3_000;

const { signal } = createStopSignal();
process.exitCode = await run();

/** Starts a stack of its own, lets its parts fail under load, and leaves nothing. */
async function run(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "egret-soak-"));
  try {
    const options = parseOptions(process.argv.slice(3));
    const result = await runWith(folder, options);
    console.log(options.isJson ? JSON.stringify(result) : renderTable(result));
    return isAsPromised(result) ? 0 : 1;
  } catch (error) {
    if (signal.aborted) return 1;
    console.error(error instanceof StartError ? error.message : error);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runWith(stateDirectory: string, options: SoakOptions): Promise<SoakResult> {
  const random = createRandom(options.seed);
  const proxies: DatabaseProxy[] = [];
  const stack = await startStack({
    configuration: { apiPort: 0, egressPort: 0, databasePort: 0, stateDirectory },
    databaseOnly: false,
    // The Workers' own lines tell of every fault that is wanted here.
    onError: () => {},
    signal,
    overrides: {
      async routeDatabase(serverUrl) {
        const proxy = await startDatabaseProxy(serverUrl, random);
        proxies.push(proxy);
        return proxy.url;
      },
      egressBindings: { UPSTREAM_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS) },
    },
  });
  try {
    const [proxy] = proxies;
    if (proxy === undefined) throw new Error("The Workers' way to the database is not there.");
    return await runSoak(stack, proxy, random, options, signal);
  } finally {
    await stack.stop();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  }
}

function isAsPromised({ wrong, phases }: SoakResult): boolean {
  return wrong.length === 0 && phases.every(({ outageMs }) => (outageMs ?? 0) <= BOUND_MS);
}

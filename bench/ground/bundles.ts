import { execFile } from "node:child_process";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { PROJECT_ROOT } from "../../local/configuration.ts";
import type { WorkerName } from "../../local/worker.ts";

const WRANGLER = join(PROJECT_ROOT, "node_modules/wrangler/bin/wrangler.js");
const BENCH_WORKERS = join(import.meta.dirname, "../workers");

/**
 * Builds both Workers as they are deployed, into `{folder}/api/index.js` and
 * `{folder}/egress/index.js`, and puts the benchmark's own Workers beside them.
 */
export async function buildBundles(folder: string): Promise<void> {
  await Promise.all([
    buildBundle("api", folder),
    buildBundle("egress", folder),
    cp(BENCH_WORKERS, folder, { recursive: true }),
  ]);
}

async function buildBundle(name: WorkerName, folder: string): Promise<void> {
  const args = ["deploy", "--dry-run", "--env", name, "--outdir", join(folder, name)];
  await promisify(execFile)(process.execPath, [WRANGLER, ...args], { cwd: PROJECT_ROOT });
}

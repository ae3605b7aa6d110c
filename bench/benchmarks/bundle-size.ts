import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { WorkerName } from "../../local/worker.ts";
import type { Benchmark } from "../benchmark.ts";
import { formatNumber } from "../figures.ts";
import type { Row } from "../row.ts";

const KIB = 1024;
const LIMIT_KIB = 1024;

/** How large each Worker is as it is deployed. */
export const BUNDLE_SIZE: Benchmark = {
  rows: ["bundle-api", "bundle-egress"],

  async run({ folder }, wanted) {
    const names = (["api", "egress"] as const).filter((name) => wanted.has(`bundle-${name}`));
    return Promise.all(names.map((name) => measureBundle(folder, name)));
  },
};

async function measureBundle(folder: string, worker: WorkerName): Promise<Row> {
  const bundle = await readFile(join(folder, worker, "index.js"));
  const gzipKib = gzipSync(bundle).length / KIB;
  return {
    name: `bundle-${worker}`,
    what: `bundle of the ${worker} Worker, gzip`,
    figure: "≤ 1 MiB",
    measured: `${formatNumber(gzipKib)} KiB`,
    baseline: null,
    isReached: gzipKib <= LIMIT_KIB,
    note: `${formatNumber(bundle.length / KIB)} KiB as it is`,
    numbers: { gzipKib, kib: bundle.length / KIB },
  };
}

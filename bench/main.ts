import { createStopSignal } from "../local/stop-signal.ts";
import type { Benchmark } from "./benchmark.ts";
import { BENCHMARKS } from "./benchmarks/benchmarks.ts";
import { getEffort } from "./effort.ts";
import { type Ground, withGround } from "./ground/ground.ts";
import { describeMachine, renderMachine } from "./machine.ts";
import { type Options, parseOptions, UsageError } from "./options.ts";
import { profileRow } from "./profile/profile-row.ts";
import type { Row } from "./row.ts";
import { renderTable } from "./table.ts";

const { signal } = createStopSignal();
process.exitCode = await run(process.argv.slice(2));
// The helpers of a run that was broken off hold on to this process, and end with it.
if (signal.aborted) process.exit();

async function run(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(
      args,
      BENCHMARKS.flatMap(({ rows }) => rows),
    );
    const machine = describeMachine();
    const effort = getEffort(options.isQuick);
    const { profiled } = options;
    report("building the Workers and making the sandboxes");
    const work = (ground: Ground): Promise<string | Row[]> =>
      profiled === null
        ? measureRows(ground, options)
        : profileRow(ground, findBenchmark(profiled), profiled);
    const result = await withGround(effort, signal, work);
    if (typeof result === "string") console.log(result);
    else if (options.isJson) {
      console.log(JSON.stringify({ machine, effort, rows: result }, null, 2));
    } else console.log(`${renderTable(result)}\n\n${renderMachine(machine)}; ${effort.name} run`);
    return 0;
  } catch (error) {
    if (!signal.aborted) console.error(error instanceof UsageError ? error.message : error);
    return 1;
  }
}

async function measureRows(ground: Ground, options: Options): Promise<Row[]> {
  const wanted = new Set(options.rows);
  const rows: Row[] = [];
  for (const benchmark of BENCHMARKS) {
    const own = benchmark.rows.filter((name) => wanted.has(name));
    if (own.length === 0) continue;
    report(`measuring ${own.join(", ")}`);
    rows.push(...(await benchmark.run(ground, wanted)));
  }
  return rows;
}

function findBenchmark(row: string): Benchmark {
  const found = BENCHMARKS.find(({ rows }) => rows.includes(row));
  if (found === undefined) throw new UsageError(`There is no row "${row}".`);
  return found;
}

/** Standard output is the table's, or the JSON's. */
function report(line: string): void {
  console.error(`bench: ${line}`);
}

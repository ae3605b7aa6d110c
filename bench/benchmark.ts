import type { Effort } from "./effort.ts";
import type { BenchWorker, Ground } from "./ground/ground.ts";
import type { Runtime } from "./ground/runtime.ts";
import type { Row } from "./row.ts";

/** Measures some rows of the table. */
export type Benchmark = {
  /** The names of the rows that it can give. */
  rows: readonly string[];
  /** Measures and gives those of its rows that are wanted. */
  run(ground: Ground, wanted: ReadonlySet<string>): Promise<Row[]>;
  /** Puts the load of one of its rows on a Worker, to be watched; absent where there is none. */
  profiled?: {
    worker: BenchWorker;
    exercise(ground: Ground, runtime: Runtime, row: string): Promise<void>;
  };
};

/** The two that are compared. */
export type Contender = "egress" | "baseline";

/** What was measured of both, one entry for each round. */
export type Comparison<T> = Record<Contender, T[]>;

/** Measures both in each round, the one that goes first changing from round to round. */
export async function compareInRounds<T>(
  rounds: number,
  measure: (contender: Contender) => Promise<T>,
): Promise<Comparison<T>> {
  const comparison: Comparison<T> = { egress: [], baseline: [] };
  for (let round = 0; round < rounds; round++) {
    const order: Contender[] = round % 2 === 0 ? ["baseline", "egress"] : ["egress", "baseline"];
    for (const contender of order) comparison[contender].push(await measure(contender));
  }
  return comparison;
}

/** Whether a figure is reached, as a row tells it: a quick run does not tell. */
export function judge(effort: Effort, isReached: boolean): boolean | null {
  return effort.name === "full" ? isReached : null;
}

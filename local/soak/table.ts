import type { PhaseSummary } from "./tally.ts";

/** All that a soak found out. */
export type SoakResult = {
  seconds: number;
  concurrency: number;
  seed: number;
  phases: PhaseSummary[];
  changesAnswered: number;
  auditRows: number;
  /** MiB of each process, by part: at start and at the end. */
  memory: Record<string, { start: Record<string, number>; end: Record<string, number> }>;
  wrong: string[];
};

/** Renders a result as tables of Markdown. */
export function renderTable(result: SoakResult): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const phases = result.phases.map((one) => [
    one.phase,
    one.requests,
    Object.entries(one.outcomes)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([outcome, count]) => `${outcome}: ${count}`)
      .join("; "),
    one.outageMs === null ? "" : seconds(one.outageMs),
    seconds(one.p50Ms),
    seconds(one.p99Ms),
    one.longestFailureMs === 0 ? "" : seconds(one.longestFailureMs),
  ]);
  const memory = Object.entries(result.memory).flatMap(([part, { start, end }]) =>
    Object.keys(end).map((name) => [part, name, start[name] ?? "", end[name] ?? ""]),
  );
  const head = [
    "phase",
    "requests",
    "outcomes",
    "outage after it",
    "p50",
    "p99",
    "longest failure",
  ];
  return [
    renderRows([head, ...phases]),
    "",
    renderRows([["part", "process", "MiB at start", "MiB at the end"], ...memory]),
    "",
    `${result.changesAnswered} changes answered; ${result.auditRows} rows in the audit log.`,
    `Wrong outcomes: ${result.wrong.length}`,
    ...[...new Set(result.wrong)].slice(0, 20).map((what) => `  ${what}`),
  ].join("\n");
}

function renderRows([head = [], ...rows]: (string | number)[][]): string {
  const line = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

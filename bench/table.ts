import type { Row } from "./row.ts";

const HEADINGS = ["what", "figure to reach", "measured", "baseline", "reached"];

/** Renders the rows as an aligned Markdown table, with their notes as a list below. */
export function renderTable(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(toCells)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...cells.map((row) => getWidth(row, column))),
  );
  const lines = cells.map((row) => renderLine(row.map((cell, i) => cell.padEnd(widths[i] ?? 0))));
  const rule = renderLine(widths.map((width) => "-".repeat(width)));
  const notes = rows
    .filter(({ note }) => note !== "")
    .map(({ name, note }) => `- ${name}: ${note}`);
  const table = [lines[0], rule, ...lines.slice(1)].join("\n");
  return notes.length === 0 ? table : `${table}\n\n${notes.join("\n")}`;
}

function toCells({ what, figure, measured, baseline, isReached }: Row): string[] {
  const reached = isReached === null ? "" : isReached ? "yes" : "no";
  return [what, figure, measured, baseline ?? "", reached];
}

function getWidth(row: readonly string[], column: number): number {
  return row[column]?.length ?? 0;
}

function renderLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

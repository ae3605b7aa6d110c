import type { Connection } from "../engine/connection.ts";
import type { Column } from "../engine/statement-cache.ts";

/** What can be told of a statement without running it (HRANA_3_SPEC.md, "Describe"). */
export type DescribeResult = {
  params: { name: string | null }[];
  cols: Column[];
  is_explain: boolean;
  is_readonly: boolean;
};

/** Describes a statement. @throws SqlError, or what the engine throws */
export function describeStatement(connection: Connection, sql: string): DescribeResult {
  const prepared = connection.prepare(sql);
  const { kind, isExplain, parameters } = prepared.text;
  return {
    params: parameters.map((name) => ({ name })),
    cols: connection.getColumns(prepared),
    is_explain: isExplain,
    is_readonly: kind === "read" || kind === "control",
  };
}

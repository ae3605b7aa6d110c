import { parseArgs } from "node:util";

/** What the command line asks for. */
export type Options = {
  isQuick: boolean;
  isJson: boolean;
  /** The rows that are wanted; all of them where none is named. */
  rows: readonly string[];
  /** The row whose load is profiled instead; null for none. */
  profiled: string | null;
};

/** Wrong arguments: shown as its message alone. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads `--quick`, `--json`, `--only <row>` (also several times, or with commas) and
 * `--profile <row>`. Throws a UsageError that lists the rows where one is not known.
 */
export function parseOptions(args: readonly string[], known: readonly string[]): Options {
  const { values } = parseStrictly(args);
  const only = (values.only ?? []).flatMap((list) => list.split(",")).map((name) => name.trim());
  const profiled = values.profile ?? null;
  for (const name of profiled === null ? only : [...only, profiled]) {
    if (known.includes(name)) continue;
    throw new UsageError(`There is no row "${name}". The rows are: ${known.join(", ")}.`);
  }
  return {
    isQuick: values.quick ?? false,
    isJson: values.json ?? false,
    rows: only.length === 0 ? known : only,
    profiled,
  };
}

function parseStrictly(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean" },
        json: { type: "boolean" },
        only: { type: "string", multiple: true },
        profile: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

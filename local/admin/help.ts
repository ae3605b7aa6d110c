import type { Command } from "./command.ts";

const COMMON_OPTIONS: [string, string][] = [
  ["--json", "answer in JSON, on standard output"],
  ["--help", "say how it is used"],
];

/** Says what the script can do. */
export function renderHelp(commands: Readonly<Record<string, Command>>): string {
  return [
    "Usage: npm run admin -- <command> [options]",
    "",
    "Commands:",
    ...formatPairs(Object.entries(commands).map(([name, { summary }]) => [name, summary])),
    "",
    "Options of every command:",
    ...formatPairs(COMMON_OPTIONS),
    "",
    "Exit codes: 0 done, 1 failed or something is left to mend, 2 called wrongly.",
    "Secrets are read from the environment and never from arguments, which others can see.",
  ].join("\n");
}

/** Says how one command is used. */
export function renderCommandHelp(name: string, command: Command): string {
  const options = Object.entries(command.options).map(
    ([option, { value, description, isRequired }]): [string, string] => [
      value === null ? `--${option}` : `--${option} <${value}>`,
      isRequired ? `${description} (required)` : description,
    ],
  );
  return [
    `Usage: npm run admin -- ${name} [options]`,
    "",
    `${name}: ${command.summary}`,
    ...command.details,
    "",
    "Options:",
    ...formatPairs([...options, ...COMMON_OPTIONS]),
    "",
    "Environment:",
    ...formatPairs(Object.entries(command.environment)),
  ].join("\n");
}

function formatPairs(pairs: [string, string][]): string[] {
  const width = Math.max(...pairs.map(([left]) => left.length));
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

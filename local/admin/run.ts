import { parseArgs } from "node:util";
import { describeDatabaseFailure } from "../../migrations/database-failure.ts";
import {
  AdminError,
  type Command,
  type CommandContext,
  type GivenOptions,
  UsageError,
} from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { renderCommandHelp, renderHelp } from "./help.ts";

/** The exit codes of the script. */
export const EXIT_CODE = { done: 0, failed: 1, usage: 2 } as const;

/** Where the script's words go, one line or text at a time. */
export type Output = { write(text: string): void; writeError(text: string): void };

/**
 * Runs the admin script with its arguments, and gives its exit code. Failures are one sentence,
 * without query texts, URLs and tokens.
 */
export async function runAdmin(
  args: readonly string[],
  context: Omit<CommandContext, "report">,
  output: Output,
): Promise<number> {
  const isJson = args.includes("--json");
  const fail = (message: string, exitCode: number) => {
    output.writeError(isJson ? JSON.stringify({ error: message }) : message);
    return exitCode;
  };
  const [name = "", ...rest] = args;
  if (name === "--help" || name === "help") {
    output.write(renderHelp(COMMANDS));
    return EXIT_CODE.done;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const fault = name === "" ? "Which command?" : `There is no command ${JSON.stringify(name)}.`;
    return fail(`${fault} See npm run admin -- --help`, EXIT_CODE.usage);
  }
  try {
    const options = parseOptions(command, rest);
    if (options.flags.has("help")) {
      output.write(renderCommandHelp(name, command));
      return EXIT_CODE.done;
    }
    requireOptions(command, options);
    const report = (line: string) => output.writeError(line);
    const result = await command.run(options, { ...context, report });
    output.write(isJson ? JSON.stringify(result.data) : result.lines.join("\n"));
    return result.isIncomplete ? EXIT_CODE.failed : EXIT_CODE.done;
  } catch (error) {
    if (error instanceof UsageError) {
      return fail(`${error.message}\nSee npm run admin -- ${name} --help`, EXIT_CODE.usage);
    }
    const message = error instanceof AdminError ? error.message : describeDatabaseFailure(error);
    return fail(message, EXIT_CODE.failed);
  }
}

function parseOptions(command: Command, args: string[]): GivenOptions {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { value }]) => [
      name,
      { type: value === null ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  const common = { json: { type: "boolean" as const }, help: { type: "boolean" as const } };
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({ args, options: { ...options, ...common } }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "The options cannot be read.");
  }
  const texts: Record<string, string> = {};
  const flags = new Set<string>();
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "string") texts[name] = value;
    else if (value) flags.add(name);
  }
  return { texts, flags };
}

function requireOptions(command: Command, { texts }: GivenOptions): void {
  for (const [name, { isRequired }] of Object.entries(command.options)) {
    if (isRequired && texts[name] === undefined) throw new UsageError(`--${name} is required`);
  }
}

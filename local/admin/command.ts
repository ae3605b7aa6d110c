/** An option of a command: text, given as `--name value`; or a flag, given as `--name` alone. */
export type CommandOption = {
  /** What stands for its value in the help; null for a flag. */
  value: string | null;
  description: string;
  isRequired?: boolean;
};

/** What the operator gave a command: texts by the names of their options, and the flags. */
export type GivenOptions = {
  texts: Readonly<Record<string, string>>;
  flags: ReadonlySet<string>;
};

/** What a command works with beside its options. */
export type CommandContext = {
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now: number;
  /** Tells how far it is, on standard error. */
  report(line: string): void;
};

/** What a command answers: `data` for `--json`, `lines` for people. */
export type CommandResult = {
  data: unknown;
  lines: string[];
  /** Whether something is left for the operator to mend: the exit code is 1 then. */
  isIncomplete?: boolean;
};

/** One command of the admin script. */
export type Command = {
  summary: string;
  details: string[];
  /** The environment variables that it reads, with what they are. */
  environment: Readonly<Record<string, string>>;
  options: Readonly<Record<string, CommandOption>>;
  run(options: GivenOptions, context: CommandContext): Promise<CommandResult>;
};

/** A command that was called wrongly: its message, and exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A command that cannot be carried out as things are: its message, and exit code 1. */
export class AdminError extends Error {
  override readonly name = "AdminError";
}

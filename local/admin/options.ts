import type { ZodType } from "zod";
import { MAX_NAME_LENGTH } from "../../shared/limits.ts";
import { text } from "../../workers/api/routes/fields.ts";
import { type CommandContext, type GivenOptions, UsageError } from "./command.ts";

/** A name or an id: 1 to 256 characters. */
export const NAME = text(MAX_NAME_LENGTH).min(1, "must not be empty");

/** The option that says which organization a command is about. */
export const ORGANIZATION_OPTION = {
  value: "id",
  description: "the organization's id",
  isRequired: true,
};

/** Reads an option that must be given. Throws a UsageError that names it. */
export function readOption<Value>(
  { texts }: GivenOptions,
  name: string,
  schema: ZodType<Value>,
): Value {
  const { success, data, error } = schema.safeParse(texts[name]);
  if (success) return data;
  throw new UsageError(`--${name} ${error.issues[0]?.message ?? "is not valid"}`);
}

/** Reads an option that may be left out: null then. Throws a UsageError that names it. */
export function readOptionalOption<Value>(
  options: GivenOptions,
  name: string,
  schema: ZodType<Value>,
): Value | null {
  return options.texts[name] === undefined ? null : readOption(options, name, schema);
}

/**
 * Reads an environment variable that must be set. Throws a UsageError that names it, and never
 * shows it.
 */
export function readVariable<Value>(
  { env }: CommandContext,
  name: string,
  parse: (text: string) => Value,
): Value {
  const value = env[name];
  if (!value) throw new UsageError(`Set ${name}.`);
  try {
    return parse(value);
  } catch (error) {
    throw new UsageError(
      `${name} cannot be used: ${error instanceof TypeError ? error.message : "it is not valid"}.`,
    );
  }
}

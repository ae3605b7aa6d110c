import { z } from "zod";
import {
  DEFAULT_PAGE_SIZE,
  MAX_NAME_LENGTH,
  MAX_PAGE_SIZE,
  MAX_SECRETS_PER_SANDBOX,
} from "../../../shared/limits.ts";
import { isStorableText } from "../../../shared/text.ts";
import { PERMISSIONS } from "../permissions.ts";

/** A schema's own message, or that the field is missing. */
export function expect(what: string) {
  return (issue: { input?: unknown }) => (issue.input === undefined ? "is required" : what);
}

/** Text of any length that is kept as it is given. */
export const wellFormedText = z
  .string({ error: expect("must be a string") })
  .refine(isStorableText, "must be well-formed Unicode without NUL");

/** Text of limited length, in characters: code points, as JSON Schema counts them. */
export function text(maxLength: number) {
  return wellFormedText
    .refine(
      (value) => countCharacters(value) <= maxLength,
      `is longer than ${maxLength} characters`,
    )
    .meta({ maxLength });
}

function countCharacters(value: string): number {
  return value.length - (value.match(/[\u{10000}-\u{10ffff}]/gu)?.length ?? 0);
}

/** A field that may be left out or null, which mean the same. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** The message for a JSON body that is no object. */
export const bodyError = { error: expect("must be a JSON object") };

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The name of a secret. */
export const secretName = text(MAX_NAME_LENGTH).regex(
  /^[a-zA-Z_][a-zA-Z0-9_-]*$/,
  "must begin with a letter or _ and hold only letters, digits, _ and -",
);

const permission = z.enum(PERMISSIONS, { error: "is not a permission" }).meta({ id: "Permission" });

/** Permissions of the closed list, each once. */
export const permissions = z
  .array(permission, { error: expect("must be a list of permissions") })
  .transform((list) => [...new Set(list)]);

// Later ones are written with more digits, which few read.
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** A time as ISO 8601 writes it, in milliseconds since the epoch; without an offset it is UTC. */
export const time = z.iso
  .datetime({
    offset: true,
    local: true,
    error: expect("must be a time such as 2026-01-02T03:04:05Z"),
  })
  .meta({ format: "date-time" })
  .transform((value) => Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(value) ? value : `${value}Z`))
  .refine((value) => value <= LAST_TIME, "must be before the year 10000");

/** The size of a page, from a query string. */
export const pageSize = z
  .string({ error: "must be given once" })
  .refine((value) => /^\d{1,9}$/.test(value), "must be a whole number")
  .transform(Number)
  .pipe(
    z.number().min(1, "must be at least 1").max(MAX_PAGE_SIZE, `must be at most ${MAX_PAGE_SIZE}`),
  )
  .default(DEFAULT_PAGE_SIZE)
  .meta({
    description: "How many items a page holds.",
    type: "integer",
    minimum: 1,
    maximum: MAX_PAGE_SIZE,
    default: DEFAULT_PAGE_SIZE,
  });

/** A cursor, from a query string; an empty one means the first page. */
export const cursor = z
  .string({ error: "must be given once" })
  .transform((value) => (value === "" ? undefined : value))
  .optional()
  .meta({ description: "Where the page begins: as the page before gave it." });

/** The direction of a list. */
export const order = z
  .enum(["asc", "desc"], { error: "must be asc or desc" })
  .default("desc")
  .meta({ default: "desc" });

/** The secrets of a sandbox, `[{ VARIABLE: secretName }]`, as a record by variable. */
export const mounts = z
  .array(z.record(z.string(), z.string({ error: "must be the name of a secret" })), {
    error: expect("must be a list of objects, each an environment variable and a secret's name"),
  })
  .max(MAX_SECRETS_PER_SANDBOX, `a sandbox mounts ${MAX_SECRETS_PER_SANDBOX} secrets at most`)
  .transform((entries, context) => {
    const byVariable: Record<string, string> = {};
    for (const [index, entry] of entries.entries()) {
      const [mount, ...others] = Object.entries(entry);
      const fault = findMountFault(mount, others.length, byVariable);
      if (fault !== null) context.addIssue({ code: "custom", message: fault, path: [index] });
      else if (mount !== undefined) byVariable[mount[0]] = mount[1];
    }
    return byVariable;
  })
  .meta({
    description: "Objects of one key each: an environment variable, and the secret's name.",
    examples: [[{ OPENAI_API_KEY: "OPENAI" }]],
  });

function findMountFault(
  mount: [string, string] | undefined,
  otherCount: number,
  byVariable: Readonly<Record<string, string>>,
): string | null {
  if (mount === undefined || otherCount > 0) return "must have exactly one key";
  const [variable, name] = mount;
  if (variable.length > MAX_NAME_LENGTH || !VARIABLE_NAME.test(variable)) {
    return "the key must be the name of an environment variable";
  }
  if (!secretName.safeParse(name).success) return "the value must be the name of a secret";
  if (Object.hasOwn(byVariable, variable)) return "the environment variable is given twice";
  return null;
}

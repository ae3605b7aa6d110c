import { z } from "zod";
import { parseHostPattern } from "../../../shared/host-pattern.ts";
import {
  MAX_DESCRIPTION_LENGTH,
  MAX_HOSTS_PER_SECRET,
  MAX_NAME_LENGTH,
  MAX_NAMES_PER_LOCATION,
  MAX_SECRET_VALUE_BYTES,
} from "../../../shared/limits.ts";
import { SecretValue } from "../../../shared/secret-value.ts";
import {
  bodyError,
  cursor,
  expect,
  optional,
  order,
  pageSize,
  secretName,
  text,
  wellFormedText,
} from "./fields.ts";

// RFC 9110, section 5.6.2: the characters of a header's name.
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const secretValue = wellFormedText
  .min(1, "must not be empty")
  .refine(
    (value) => new TextEncoder().encode(value).length <= MAX_SECRET_VALUE_BYTES,
    `is longer than ${MAX_SECRET_VALUE_BYTES} bytes`,
  )
  .transform((value) => new SecretValue(value))
  .meta({ description: `Up to ${MAX_SECRET_VALUE_BYTES} bytes of UTF-8. It never comes out.` });

const host = z.string({ error: expect("must be a string") }).transform((entry, context) => {
  try {
    return parseHostPattern(entry);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
});

const hosts = z
  .array(host, { error: expect("must be a list of host names") })
  .max(MAX_HOSTS_PER_SECRET, `a secret lists ${MAX_HOSTS_PER_SECRET} hosts at most`)
  .transform((entries) => [...new Set(entries)])
  .meta({
    description:
      "Where the value may be sent: exact hosts, `*.example.com` (it and all below it) or `*`. An empty list is nowhere.",
  });

function places(name: z.ZodType<string>) {
  return optional(
    z.union([z.boolean(), z.array(name).max(MAX_NAMES_PER_LOCATION)], {
      error: `must be true, false or a list of ${MAX_NAMES_PER_LOCATION} names at most`,
    }),
  ).transform((value) => (value === false || isEmpty(value) ? undefined : value));
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

const flag = optional(z.boolean({ error: "must be true or false" }));

const locations = z
  .object(
    {
      headers: places(
        text(MAX_NAME_LENGTH)
          .regex(HEADER_NAME, "must be the name of a header")
          .transform((name) => name.toLowerCase()),
      ),
      query: places(text(MAX_NAME_LENGTH).min(1)),
      path: flag,
      body: flag,
    },
    { error: "must be an object" },
  )
  .refine(
    ({ headers, query, path, body }) => Boolean(headers || query || path || body),
    "must allow at least one of headers, query, path and body",
  )
  .meta({
    description:
      "Where in a request the value may stand; a place that is left out is not allowed. Without it, everywhere. `headers` and `query` take true for every name, or a list of names.",
  });

const description = text(MAX_DESCRIPTION_LENGTH);

export const CreateSecretBody = z
  .object(
    {
      name: secretName,
      value: secretValue,
      description: optional(description),
      hosts: optional(hosts),
      locations: optional(locations),
    },
    bodyError,
  )
  .meta({
    id: "CreateSecret",
    examples: [{ name: "OPENAI", value: "sk-…", hosts: ["api.openai.com"] }],
  });

export const UpdateSecretBody = z
  .object(
    {
      value: optional(secretValue),
      description: optional(description),
      hosts: optional(hosts),
      locations: optional(locations),
    },
    bodyError,
  )
  .meta({ id: "UpdateSecret", examples: [{ value: "sk-…" }] });

export const SecretPageQuery = z.object({
  cursor,
  limit: pageSize,
  name: text(MAX_NAME_LENGTH).optional().meta({ description: "A part of the name, in any case." }),
  sort: z
    .enum(["name", "createdAt", "updatedAt"], { error: "must be name, createdAt or updatedAt" })
    .default("createdAt")
    .meta({ default: "createdAt" }),
  order,
});

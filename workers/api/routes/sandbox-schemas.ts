import { z } from "zod";
import { parseHostPattern } from "../../../shared/host-pattern.ts";
import { MAX_NAME_LENGTH, MAX_SANDBOX_TOKEN_MINUTES } from "../../../shared/limits.ts";
import { parseStrictJson } from "../http/strict-json.ts";
import {
  bodyError,
  cursor,
  expect,
  mounts,
  optional,
  order,
  pageSize,
  text,
  wellFormedText,
} from "./fields.ts";

const MAX_RESOURCE = 1_000_000;
const MAX_INTERVAL_MINUTES = 2 ** 31 - 1;
// Each is a condition of its own, and a database bears only so many.
const MAX_LABELS_PER_FILTER = 100;

const flag = optional(z.boolean({ error: "must be true or false" }));

const amount = optional(
  z
    .number({ error: "must be a number" })
    .min(0, "must not be negative")
    .max(MAX_RESOURCE, `must be at most ${MAX_RESOURCE}`),
);

const intervalMinutes = optional(
  z
    .int({ error: "must be a whole number of minutes" })
    .min(-1, "must be at least -1")
    .max(MAX_INTERVAL_MINUTES, `must be at most ${MAX_INTERVAL_MINUTES}`),
);

const ttlMinutes = optional(
  z
    .int({ error: "must be a whole number of minutes" })
    .min(0, "must not be negative")
    .max(MAX_SANDBOX_TOKEN_MINUTES, `must be at most ${MAX_SANDBOX_TOKEN_MINUTES}`),
);

const label = text(MAX_NAME_LENGTH).min(1, "must not be empty");

const env = z.record(
  label.refine((name) => !name.includes("="), "the name of a variable holds no ="),
  wellFormedText,
  { error: "must be an object of strings" },
);

const labels = z.record(label, wellFormedText, { error: "must be an object of strings" });

/** Host patterns with commas between them; none is the same as no list. */
const domainAllowList = wellFormedText.transform((list, context) => {
  const entries = list.split(",").map((entry) => entry.trim());
  try {
    return entries.filter(Boolean).map(parseHostPattern).join(",") || undefined;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
});

const networkAllowList = optional(z.string({ error: "must be a string" })).refine(
  (list) => !list,
  "networks cannot be judged without name resolution; use domainAllowList",
);

export const CreateSandboxBody = z
  .object(
    {
      name: optional(text(MAX_NAME_LENGTH).min(1, "must not be empty")),
      user: optional(text(MAX_NAME_LENGTH)),
      env: optional(env),
      labels: optional(labels),
      public: flag,
      networkBlockAll: flag,
      networkAllowList,
      domainAllowList: optional(domainAllowList),
      target: optional(text(MAX_NAME_LENGTH)),
      cpu: amount,
      gpu: amount,
      memory: amount,
      disk: amount,
      secrets: optional(mounts),
      ttlMinutes,
      snapshot: optional(text(MAX_NAME_LENGTH)),
      autoStopInterval: intervalMinutes,
      autoPauseInterval: intervalMinutes,
      autoArchiveInterval: intervalMinutes,
      autoDeleteInterval: intervalMinutes,
    },
    bodyError,
  )
  .refine((body) => !(body.networkBlockAll && body.domainAllowList), {
    message: "cannot stand beside domainAllowList",
    path: ["networkBlockAll"],
  })
  .meta({
    id: "CreateSandbox",
    examples: [{ name: "build-1", secrets: [{ OPENAI_API_KEY: "OPENAI" }], ttlMinutes: 60 }],
  });

export const SandboxSecretsBody = z
  .object({ secrets: mounts }, bodyError)
  .meta({ id: "SandboxSecrets" });

export const EgressTokenBody = z
  .object({ ttlMinutes }, bodyError)
  .meta({ id: "CreateEgressToken", examples: [{ ttlMinutes: 60 }] })
  .nullish()
  .transform((body) => body ?? { ttlMinutes: undefined });

// Daytona's names of what a list can be sorted by, and ours.
const SORT_FIELDS = {
  name: "name",
  createdAt: "createdAt",
  updatedAt: "updatedAt",
  lastActivityAt: "updatedAt",
  cpu: "cpu",
  memoryGib: "memory",
  diskGib: "disk",
} as const;

const labelsFilter = z
  .string({ error: expect("must be given once") })
  .transform((json, context) => {
    try {
      return labels.parse(parseStrictJson(json));
    } catch {
      context.addIssue({ code: "custom", message: "must be a JSON object of strings" });
      return z.NEVER;
    }
  })
  .refine(
    (filter) => Object.keys(filter).length <= MAX_LABELS_PER_FILTER,
    `holds more than ${MAX_LABELS_PER_FILTER} labels`,
  );

const prefix = text(MAX_NAME_LENGTH).default("");

export const SandboxPageQuery = z.object({
  cursor,
  limit: pageSize,
  name: prefix.meta({ description: "The beginning of the name, in any case." }),
  id: prefix.meta({ description: "The beginning of the id." }),
  labels: labelsFilter
    .default({})
    .meta({ description: "Labels that a sandbox must all have, as a JSON object." }),
  states: z
    .union([z.string(), z.array(z.string())])
    .transform((states) => [states].flat().flatMap((list) => list.split(",")))
    .optional()
    .meta({ description: "States with commas between them." }),
  sort: z
    .enum(Object.keys(SORT_FIELDS) as (keyof typeof SORT_FIELDS)[], {
      error: `must be one of ${Object.keys(SORT_FIELDS).join(", ")}`,
    })
    .default("createdAt")
    .meta({ default: "createdAt" })
    .transform((field) => SORT_FIELDS[field]),
  order,
});

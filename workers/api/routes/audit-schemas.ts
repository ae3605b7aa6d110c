import { z } from "zod";
import type { AuditFilter } from "../services/audit/list-page.ts";
import { cursor, pageSize, time, wellFormedText } from "./fields.ts";

const MAX_VALUES_PER_FILTER = 100;

const TEXT_FIELDS = [
  "id",
  "actorId",
  "actorEmail",
  "actorApiKeyPrefix",
  "actorApiKeySuffix",
  "action",
  "targetType",
  "targetId",
] as const;

const once = z.string({ error: "must be given once" });

const wholeNumber = once
  .refine((value) => /^-?\d{1,9}$/.test(value), "must be a whole number")
  .transform(Number)
  .meta({ type: "integer" });

const pageNumber = once
  .refine((value) => /^[1-9]\d{0,8}$/.test(value), "must be a whole number from 1")
  .transform(Number)
  .default(1)
  .meta({ description: "Counts from 1.", type: "integer", minimum: 1, default: 1 });

/** Values with commas between them, or the parameter given more often, or both. */
function list<Value>(value: z.ZodType<Value, string>) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((values) => values.split(",")))
    .pipe(
      z.array(value).max(MAX_VALUES_PER_FILTER, `holds more than ${MAX_VALUES_PER_FILTER} values`),
    );
}

function compareEqual<Value>(value: z.ZodType<Value, string>) {
  return { eq: value, not: value, in: list(value), notIn: list(value) };
}

function compareOrder<Value>(value: z.ZodType<Value, string>) {
  return { gte: value, lte: value, gt: value, lt: value };
}

const FILTERS = [
  ...TEXT_FIELDS.map((field) => ({ field, operators: compareEqual(once.pipe(wellFormedText)) })),
  {
    field: "statusCode" as const,
    operators: { ...compareEqual(wholeNumber), ...compareOrder(wholeNumber) },
  },
  { field: "createdAt" as const, operators: compareOrder(time) },
].flatMap(({ field, operators }) =>
  Object.entries<z.ZodType>(operators).map(([operator, value]) => ({
    key: `${field}[${operator}]`,
    field,
    operator,
    value: value.optional(),
  })),
);

/** The audit log's page, and its filters as `field[operator]=value`. */
export const AuditPageQuery = z
  .looseObject({
    page: pageNumber,
    limit: pageSize,
    nextToken: cursor.meta({ description: "As the page before gave it; wins over `page`." }),
    from: time.optional().meta({ description: "The time of the oldest entry." }),
    to: time.optional().meta({ description: "The time of the newest entry." }),
    ...Object.fromEntries(FILTERS.map(({ key, value }) => [key, value])),
  })
  .superRefine((query, context) => {
    const known = new Set(FILTERS.map(({ key }) => key));
    for (const key of Object.keys(query)) {
      // A misspelt filter would show more than was asked for; bare names may be anything.
      if (!key.includes("[") || known.has(key)) continue;
      context.addIssue({ code: "custom", message: "is not a filter", path: [key] });
    }
  })
  .transform(({ page, limit, nextToken, from, to, ...query }) => ({
    page,
    limit,
    nextToken,
    filters: [
      ...FILTERS.map(({ key, field, operator }) => ({ field, operator, value: query[key] })),
      { field: "createdAt", operator: "gte", value: from },
      { field: "createdAt", operator: "lte", value: to },
    ].filter(({ value }) => value !== undefined) as AuditFilter[],
  }));

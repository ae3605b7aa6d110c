import { z } from "zod";
import { RequestError } from "../errors.ts";
import { valueSchema } from "./values.ts";

/** The versions of Hrana over HTTP that are served. */
export type HranaVersion = 2 | 3;

/** When a step of a batch runs (HRANA_3_SPEC.md, "Conditions"). */
export type BatchCondition =
  | { type: "ok" | "error"; step: number }
  | { type: "not"; cond: BatchCondition }
  | { type: "and" | "or"; conds: BatchCondition[] }
  | { type: "is_autocommit" };

const sqlId = z.int32();
const sqlReference = { sql: z.string().nullish(), sql_id: sqlId.nullish() };

const statementSchema = z.object({
  ...sqlReference,
  args: z.array(valueSchema).nullish(),
  named_args: z.array(z.object({ name: z.string(), value: valueSchema })).nullish(),
  want_rows: z.boolean().nullish(),
});

const conditionSchema: z.ZodType<BatchCondition> = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.enum(["ok", "error"]), step: z.int().min(0) }),
    z.object({ type: z.literal("not"), cond: conditionSchema }),
    z.object({ type: z.enum(["and", "or"]), conds: z.array(conditionSchema) }),
    z.object({ type: z.literal("is_autocommit") }),
  ]),
);

const stepSchema = z.object({ condition: conditionSchema.nullish(), stmt: statementSchema });

const requestSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("close") }),
  z.object({ type: z.literal("execute"), stmt: statementSchema }),
  z.object({ type: z.literal("batch"), batch: z.object({ steps: z.array(stepSchema) }) }),
  z.object({ type: z.literal("sequence"), ...sqlReference }),
  z.object({ type: z.literal("describe"), ...sqlReference }),
  z.object({ type: z.literal("store_sql"), sql_id: sqlId, sql: z.string() }),
  z.object({ type: z.literal("close_sql"), sql_id: sqlId }),
  z.object({ type: z.literal("get_autocommit") }),
]);

const KNOWN_TYPES = new Set<string>(requestSchema.options.map(({ shape }) => shape.type.value));

const bodySchema = z.object({ baton: z.string().nullish(), requests: z.array(z.unknown()) });

export type Statement = z.infer<typeof statementSchema>;
export type BatchStep = z.infer<typeof stepSchema>;
export type StreamRequest =
  | z.infer<typeof requestSchema>
  /** A type of request that this server does not know: it is answered with an error in its place. */
  | { type: "unknown"; name: string };

/** The body of a pipeline request (HRANA_3_SPEC.md, "Execute a pipeline of requests"). */
export type PipelineRequest = { baton: string | null; requests: StreamRequest[] };

/**
 * Parses the body of a pipeline request. Nothing of it has run when this fails.
 * @throws RequestError 400 that names the field
 */
export function parsePipelineRequest(text: string): PipelineRequest {
  const body = parseWith(bodySchema, parseJson(text), "body");
  const requests = body.requests.map((request, index) => parseRequest(request, index));
  return { baton: body.baton ?? null, requests };
}

function parseRequest(request: unknown, index: number): StreamRequest {
  const name = isObject(request) ? request.type : undefined;
  if (typeof name === "string" && !KNOWN_TYPES.has(name)) return { type: "unknown", name };
  return parseWith(requestSchema, request, `requests[${index}]`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, "BAD_REQUEST", "The body is not JSON");
  }
}

function parseWith<T extends z.ZodType>(schema: T, value: unknown, name: string): z.infer<T> {
  const result = tryParse(schema, value);
  if (result === null) throw new RequestError(400, "BAD_REQUEST", `${name}: is nested too deeply`);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = [name, ...(issue?.path ?? []).map(String)].join(".");
  throw new RequestError(400, "BAD_REQUEST", `${path}: ${issue?.message ?? "is not valid"}`);
}

/** @returns null when the nesting exhausts the stack */
function tryParse<T extends z.ZodType>(schema: T, value: unknown) {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

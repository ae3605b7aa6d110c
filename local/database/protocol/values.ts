import { z } from "zod";

/** A value as the engine takes and gives it: bigint is INTEGER, number is REAL. */
export type EngineValue = null | bigint | number | string | Uint8Array;

/** A value as Hrana writes it in JSON (HRANA_3_SPEC.md, "Values"). */
export type HranaValue =
  | { type: "null" }
  | { type: "integer"; value: string }
  | { type: "float"; value: unknown }
  | { type: "text"; value: string }
  | { type: "blob"; base64: string };

// TypeScript's library does not know it yet
declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const NULL_VALUE: HranaValue = { type: "null" };

const integer = z
  .string()
  .regex(/^[+-]?\d{1,20}$/, "must be a decimal number in a string")
  .transform((digits) => BigInt(digits.replace("+", "")))
  .refine((value) => value >= MIN_INTEGER && value <= MAX_INTEGER, "must fit in 64 bits");

// zod's own number refuses infinities, which JSON can write (1e999) and a column can hold
const float = z.custom<number>((value) => typeof value === "number", "must be a number");

const base64 = z
  .string()
  .refine((text) => BASE64.test(text) && text.replace(/=+$/, "").length % 4 !== 1, "must be base64")
  .transform((text): Uint8Array => Buffer.from(text, "base64"));

/** Parses a Hrana value into the engine's. Base64 may be padded or not. */
export const valueSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("null") }).transform((): EngineValue => null),
  z.object({ type: z.literal("integer"), value: integer }).transform((v): EngineValue => v.value),
  z.object({ type: z.literal("float"), value: float }).transform((v): EngineValue => v.value),
  z.object({ type: z.literal("text"), value: z.string() }).transform((v): EngineValue => v.value),
  z.object({ type: z.literal("blob"), base64 }).transform((v): EngineValue => v.base64),
]);

/** Writes a value of the engine as Hrana's. */
export function toHranaValue(value: EngineValue): HranaValue {
  if (value === null) return NULL_VALUE;
  switch (typeof value) {
    case "bigint":
      return { type: "integer", value: value.toString() };
    case "number":
      return { type: "float", value: toJsonFloat(value) };
    case "string":
      return { type: "text", value };
    default:
      return { type: "blob", base64: Buffer.from(value).toString("base64") };
  }
}

/** JSON.stringify would write infinities as null and drop the sign of -0; JSON readers know 1e999. */
function toJsonFloat(value: number): unknown {
  if (value === Number.POSITIVE_INFINITY) return JSON.rawJSON("1e999");
  if (value === Number.NEGATIVE_INFINITY) return JSON.rawJSON("-1e999");
  return Object.is(value, -0) ? JSON.rawJSON("-0.0") : value;
}

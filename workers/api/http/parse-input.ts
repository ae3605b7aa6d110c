import type { ZodError, ZodType } from "zod";
import { EgretError } from "../../../shared/errors.ts";

// Enough to mend a request in one go, without an answer as long as the input.
const MAX_NAMED_ISSUES = 5;

/**
 * Parses hostile input by a schema. INVALID_REQUEST with one string that names each field at
 * fault, such as `hosts[1]: a host has no port`; what was given is not repeated.
 */
export function parseInput<Output>(schema: ZodType<Output>, input: unknown): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new EgretError("INVALID_REQUEST", describeIssues(result.error));
}

function describeIssues({ issues }: ZodError): string {
  return issues
    .slice(0, MAX_NAMED_ISSUES)
    .map(({ path, message }) => `${describePath(path) || "body"}: ${message}`)
    .join("; ");
}

function describePath(path: PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

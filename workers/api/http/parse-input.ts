import type { ZodError, ZodType } from "zod";
import { EgretError } from "../../../shared/errors.ts";

// Enough to mend a request in one go, without an answer as long as the input.
const MAX_NAMED_ISSUES = 5;
// A key of a record is the caller's text.
const MAX_NAMED_LENGTH = 64;

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
    .map((issue) => `${describePath(issue.path) || "body"}: ${describeIssue(issue)}`)
    .join("; ");
}

function describeIssue(issue: ZodError["issues"][number]): string {
  const inner = issue.code === "invalid_key" ? issue.issues[0] : undefined;
  return inner?.message ?? issue.message;
}

function describePath(path: PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const name = String(step).slice(0, MAX_NAMED_LENGTH);
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

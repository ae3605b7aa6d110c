import { holdsQueryText } from "../../../shared/database/database-error.ts";
import { OpenSealedValueError } from "../../../shared/encryption/sealed-value.ts";
import type { EgretError } from "../../../shared/errors.ts";

const MAX_CAUSES = 8;

/**
 * Logs a failure as one line of JSON: what it befell, and the chain of causes. A failed query is
 * named without its text and parameters, which may hold what callers gave.
 */
export function logFailure(
  error: EgretError,
  context: { requestId: string; method: string; path: string } | { task: string },
): void {
  const causes: string[] = [];
  let cause: unknown = error.cause;
  while (cause instanceof Error && causes.length < MAX_CAUSES) {
    causes.push(describeCause(cause));
    cause = cause.cause;
  }
  console.error(
    JSON.stringify({
      level: "error",
      code: error.code,
      message: error.message,
      ...context,
      causes,
    }),
  );
}

function describeCause(cause: Error): string {
  if (holdsQueryText(cause)) return "the query failed";
  if (cause instanceof OpenSealedValueError) {
    return `${cause.message}: ${cause.reason} (master key ${cause.keyId ?? "unknown"})`;
  }
  return `${cause.name}: ${cause.message}`;
}

import { RequestError, type SqlError, toSqlError } from "../errors.ts";
import { executeStatement, type StatementResult } from "../statement.ts";
import type { Stream } from "../streams.ts";
import type { BatchCondition, BatchStep, HranaVersion } from "./requests.ts";
import { getSql } from "./stored-sql.ts";

/** An error as Hrana writes it. */
export type HranaError = { message: string; code: string };

/** What became of each step (HRANA_3_SPEC.md, "Batch results"); both null: it was skipped. */
export type BatchResult = {
  step_results: (StatementResult | null)[];
  step_errors: (HranaError | null)[];
};

/** Runs the steps of a batch in order, each if its condition holds. */
export async function executeBatch(stream: Stream, steps: BatchStep[]): Promise<BatchResult> {
  const result: BatchResult = { step_results: [], step_errors: [] };
  for (const { condition, stmt } of steps) {
    let outcome: StatementResult | null = null;
    let failure: HranaError | null = null;
    if (!condition || holds(condition, result, stream)) {
      try {
        const statement = { ...stmt, sql: getSql(stream, stmt) };
        outcome = await executeStatement(stream.connection, stream.queue, statement);
      } catch (error) {
        if (error instanceof RequestError) throw error;
        failure = toHranaError(toSqlError(error));
      }
    }
    result.step_results.push(outcome);
    result.step_errors.push(failure);
  }
  return result;
}

/** Writes an error as Hrana's. */
export function toHranaError({ message, code }: SqlError): HranaError {
  return { message, code };
}

function holds(condition: BatchCondition, result: BatchResult, stream: Stream): boolean {
  switch (condition.type) {
    case "ok":
      return result.step_results[condition.step] !== null;
    case "error":
      return result.step_errors[condition.step] !== null;
    case "not":
      return !holds(condition.cond, result, stream);
    case "and":
      return condition.conds.every((cond) => holds(cond, result, stream));
    case "or":
      return condition.conds.some((cond) => holds(cond, result, stream));
    case "is_autocommit":
      return !stream.connection.inTransaction;
  }
}

/**
 * Refuses conditions that no step can meet: on a step that does not come earlier, or of a newer
 * version of the protocol.
 * @throws RequestError 400
 */
export function checkConditions(steps: BatchStep[], version: HranaVersion): void {
  for (const [index, { condition }] of steps.entries()) {
    if (condition) checkCondition(condition, index, version);
  }
}

function checkCondition(condition: BatchCondition, index: number, version: HranaVersion): void {
  const refuse = (reason: string) => {
    const message = `batch.steps[${index}].condition: ${reason}`;
    return new RequestError(400, "BAD_REQUEST", message);
  };
  if (condition.type === "not") {
    checkCondition(condition.cond, index, version);
  } else if (condition.type === "and" || condition.type === "or") {
    for (const cond of condition.conds) checkCondition(cond, index, version);
  } else if (condition.type === "is_autocommit") {
    if (version < 3) throw refuse("is_autocommit needs version 3 of the protocol");
  } else if ("step" in condition && condition.step >= index) {
    throw refuse(`step ${condition.step} does not come before it`);
  }
}

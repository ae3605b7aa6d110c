import type { EgretError } from "../../../../shared/errors.ts";
import { insertAuditEntry } from "../../store/audit-logs.ts";
import type { ServiceContext } from "../context.ts";
import { createAuditEntry } from "./entry.ts";

const MAX_LENGTH = 1024;

/** Writes down that an attempt to change something was refused, and with which status. */
export async function recordRefusal(
  context: ServiceContext,
  attempt: { action: string; targetType: string; targetId: string | null },
  refusal: EgretError,
): Promise<void> {
  await insertAuditEntry(
    context.database,
    context.actor.organizationId,
    createAuditEntry(context, {
      ...attempt,
      targetId: attempt.targetId === null ? null : toStorable(attempt.targetId),
      statusCode: refusal.status,
      errorMessage: toStorable(refusal.message),
    }),
  );
}

// What was refused may be just that which no store keeps.
function toStorable(text: string): string {
  return text.slice(0, MAX_LENGTH).replace(/[\p{Cc}\p{Cs}]/gu, "\ufffd");
}

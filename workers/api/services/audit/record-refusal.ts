import type { EgretError } from "../../../../shared/errors.ts";
import { insertAuditEntry } from "../../store/audit-logs.ts";
import type { ServiceContext } from "../context.ts";
import { createAuditEntry } from "./entry.ts";

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
      statusCode: refusal.status,
      errorMessage: refusal.message,
    }),
  );
}

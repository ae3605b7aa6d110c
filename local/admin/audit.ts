import { randomUUID } from "node:crypto";
import type { AuditEntry } from "../../workers/api/store/audit-logs.ts";

/**
 * Makes the audit entry of a change that an operator makes past the API: whoever holds the
 * database's token is no user of the organization.
 */
export function createOperatorAuditEntry(
  audited: Pick<AuditEntry, "action" | "targetType" | "targetId" | "statusCode" | "metadata">,
  now: number,
): AuditEntry {
  return {
    id: randomUUID(),
    actorId: "operator",
    actorEmail: "",
    source: "egret-admin",
    createdAt: now,
    ...audited,
  };
}

import { toStoredApiKey } from "../../shared/api-key.ts";
import { PERMISSIONS } from "../../workers/api/permissions.ts";
import { MASKED_VALUE } from "../../workers/api/services/audit/entry.ts";
import type { AuditEntry } from "../../workers/api/store/audit-logs.ts";
import { createOperatorAuditEntry } from "./audit.ts";

/** An owner's API key of all permissions, `value` being the key itself. */
export type OwnerKey = { userId: string; name: string; value: string };

/** Makes what is stored of an owner's key, and the audit entry of its creation. */
export async function createOwnerKeyRows({ userId, name, value }: OwnerKey, now: number) {
  const permissions = [...PERMISSIONS];
  const key = {
    userId,
    name,
    ...(await toStoredApiKey(value)),
    permissions,
    expiresAt: null,
    createdAt: now,
  };
  const audit: AuditEntry = createOperatorAuditEntry(
    {
      action: "create",
      targetType: "api_key",
      targetId: name,
      statusCode: 201,
      metadata: { name, userId, value: MASKED_VALUE, permissions, expiresAt: null },
    },
    now,
  );
  return { key, audit };
}

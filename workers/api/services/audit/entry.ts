import type { AuditEntry } from "../../store/audit-logs.ts";
import type { ServiceContext } from "../context.ts";

/** What stands in the audit log where a secret's value would. */
export const MASKED_VALUE = "********";

/** What the audit log says of one action, beside who did it, when and from where. */
export type AuditedAction = {
  action: string;
  targetType: string;
  targetId: string | null;
  statusCode: number;
  errorMessage?: string;
  /** Details; never a secret's value. */
  metadata?: Record<string, unknown>;
};

/** Makes the audit entry of an action of the context's actor. */
export function createAuditEntry(context: ServiceContext, audited: AuditedAction): AuditEntry {
  const { actor, origin } = context;
  return {
    id: crypto.randomUUID(),
    actorId: actor.userId,
    actorEmail: actor.email,
    actorApiKeyPrefix: actor.kind === "apiKey" ? actor.keyPrefix : null,
    actorApiKeySuffix: actor.kind === "apiKey" ? actor.keySuffix : null,
    action: audited.action,
    targetType: audited.targetType,
    targetId: audited.targetId,
    statusCode: audited.statusCode,
    errorMessage: audited.errorMessage ?? null,
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
    source: origin.source,
    metadata: audited.metadata ?? null,
    createdAt: context.now,
  };
}

import { createApiKey as createKeyValue, toStoredApiKey } from "../../../../shared/api-key.ts";
import { EgretError } from "../../../../shared/errors.ts";
import { MAX_API_KEYS_PER_USER } from "../../../../shared/limits.ts";
import type { Permission } from "../../permissions.ts";
import { insertApiKeyRow } from "../../store/api-key-changes.ts";
import type { ApiKey } from "../../store/api-keys.ts";
import { holdsPermission } from "../actor.ts";
import { createAuditEntry, MASKED_VALUE } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";

export type CreateApiKeyInput = {
  name: string;
  permissions: Permission[];
  /** Milliseconds since the epoch; null for a key that does not expire. */
  expiresAt: number | null;
};

/**
 * Makes an API key for the actor's user; `value` is the key itself, shown this once. FORBIDDEN for
 * permissions that the actor does not hold, INVALID_REQUEST for a time that has passed, CONFLICT
 * where the user has a key of that name, LIMIT_EXCEEDED where they may keep no more.
 */
export async function createApiKey(
  context: ServiceContext,
  { name, permissions, expiresAt }: CreateApiKeyInput,
): Promise<ApiKey & { value: string }> {
  refuseMorePermissions(context, permissions);
  if (expiresAt !== null && expiresAt <= context.now) {
    throw new EgretError("INVALID_REQUEST", "expiresAt: must be in the future");
  }
  const { organizationId, userId } = context.actor;
  const value = createKeyValue();
  const { hash, prefix, suffix } = await toStoredApiKey(value);
  const createdAt = context.now;
  const key = { userId, name, prefix, suffix, permissions, createdAt, expiresAt, lastUsedAt: null };
  const outcome = await insertApiKeyRow(
    context.database,
    organizationId,
    { ...key, hash },
    MAX_API_KEYS_PER_USER,
    createAuditEntry(context, {
      action: "create",
      targetType: "api_key",
      targetId: name,
      statusCode: 201,
      metadata: { name, userId, value: MASKED_VALUE, permissions, expiresAt },
    }),
  );
  if (outcome === "duplicate") {
    throw new EgretError("CONFLICT", `An API key named ${name} exists already`);
  }
  if (outcome === "full") {
    throw new EgretError(
      "LIMIT_EXCEEDED",
      `A user keeps ${MAX_API_KEYS_PER_USER} API keys at most`,
    );
  }
  return { ...key, value };
}

function refuseMorePermissions({ actor }: ServiceContext, permissions: Permission[]): void {
  const missing = permissions.filter((permission) => !holdsPermission(actor, permission));
  if (missing.length === 0) return;
  throw new EgretError(
    "FORBIDDEN",
    `A key cannot have permissions that its creator does not hold: ${missing.join(", ")}`,
  );
}

import { deleteApiKeyRow } from "../../store/api-key-changes.ts";
import { createAuditEntry } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";
import { createApiKeyNotFound } from "./get.ts";

/**
 * Deletes an API key, which ends it at once: one of the actor's user, unless another is named.
 * NOT_FOUND where there is none.
 */
export async function deleteApiKey(
  context: ServiceContext,
  { name, userId = context.actor.userId }: { name: string; userId?: string },
): Promise<void> {
  const isDeleted = await deleteApiKeyRow(
    context.database,
    context.actor.organizationId,
    { userId, name },
    createAuditEntry(context, {
      action: "delete",
      targetType: "api_key",
      targetId: name,
      statusCode: 204,
      metadata: { name, userId },
    }),
  );
  if (!isDeleted) throw createApiKeyNotFound();
}

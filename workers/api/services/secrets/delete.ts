import { deleteSecretRow } from "../../store/secret-changes.ts";
import { createAuditEntry } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";
import { createSecretNotFound, getSecret } from "./get.ts";

/** Deletes a secret and unmounts it everywhere. NOT_FOUND where the organization has none of that id. */
export async function deleteSecret(context: ServiceContext, id: string): Promise<void> {
  const secret = await getSecret(context, id);
  const isDeleted = await deleteSecretRow(
    context.database,
    context.actor.organizationId,
    id,
    createAuditEntry(context, {
      action: "delete",
      targetType: "secret",
      targetId: id,
      statusCode: 204,
      metadata: { name: secret.name },
    }),
  );
  if (!isDeleted) throw createSecretNotFound();
}

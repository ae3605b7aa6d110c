import { deleteSandboxRow } from "../../store/sandbox-changes.ts";
import type { Sandbox } from "../../store/sandboxes.ts";
import { createAuditEntry } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";
import { createSandboxNotFound, getSandbox } from "./get.ts";

/**
 * Deletes a sandbox, which ends its tokens and mounts, and gives it as it was. NOT_FOUND where the
 * organization has none.
 */
export async function deleteSandbox(context: ServiceContext, idOrName: string): Promise<Sandbox> {
  const sandbox = await getSandbox(context, idOrName);
  const isDeleted = await deleteSandboxRow(
    context.database,
    context.actor.organizationId,
    sandbox.id,
    createAuditEntry(context, {
      action: "delete",
      targetType: "sandbox",
      targetId: sandbox.id,
      statusCode: 200,
      metadata: { name: sandbox.name },
    }),
  );
  if (!isDeleted) throw createSandboxNotFound();
  return sandbox;
}

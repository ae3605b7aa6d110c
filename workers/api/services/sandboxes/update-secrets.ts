import { replaceMounts } from "../../store/sandbox-changes.ts";
import type { Sandbox } from "../../store/sandboxes.ts";
import { createAuditEntry } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";
import { createSandboxNotFound, getSandbox } from "./get.ts";
import { type Mounts, refuseMissingSecrets, refuseSharedVariables } from "./mounts.ts";

/**
 * Mounts these secrets in a sandbox in the place of those it has. NOT_FOUND where the organization
 * has no such sandbox, INVALID_REQUEST where a secret does not exist.
 */
export async function updateSandboxSecrets(
  context: ServiceContext,
  idOrName: string,
  mounts: Mounts,
): Promise<Sandbox> {
  const { id, env, updatedAt } = await getSandbox(context, idOrName);
  refuseSharedVariables(mounts, env);
  const sandbox = await replaceMounts(
    context.database,
    context.actor.organizationId,
    // Never backwards, should a clock be.
    { id, updatedAt: Math.max(context.now, updatedAt) },
    mounts,
    createAuditEntry(context, {
      action: "update_secrets",
      targetType: "sandbox",
      targetId: id,
      statusCode: 200,
      metadata: { secrets: mounts },
    }),
  );
  if (sandbox !== null) return sandbox;
  await refuseMissingSecrets(context, mounts);
  throw createSandboxNotFound();
}

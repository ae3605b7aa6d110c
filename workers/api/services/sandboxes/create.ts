import { EgretError } from "../../../../shared/errors.ts";
import { insertSandboxRow } from "../../store/sandbox-changes.ts";
import type { Sandbox } from "../../store/sandboxes.ts";
import { createAuditEntry } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";
import { type EgressAccess, signEgressAccess } from "./issue-egress-token.ts";
import { type Mounts, refuseMissingSecrets, refuseSharedVariables } from "./mounts.ts";

export type CreateSandboxInput = Pick<
  Sandbox,
  | "user"
  | "env"
  | "labels"
  | "public"
  | "networkBlockAll"
  | "domainAllowList"
  | "target"
  | "cpu"
  | "gpu"
  | "memory"
  | "disk"
  | "echoed"
> & {
  /** Without one, the sandbox is named by its id. */
  name?: string | undefined;
  mounts: Mounts;
  ttlMinutes?: number | undefined;
};

/**
 * Gives a sandbox its identity, its secrets and its access to the egress. CONFLICT where the
 * organization has one of that name, INVALID_REQUEST where a secret does not exist.
 */
export async function createSandbox(
  context: ServiceContext,
  { name, mounts, ttlMinutes, ...input }: CreateSandboxInput,
): Promise<{ sandbox: Sandbox; egress: EgressAccess }> {
  refuseSharedVariables(mounts, input.env);
  const id = crypto.randomUUID();
  const row = { ...input, id, name: name ?? id, createdAt: context.now, updatedAt: context.now };
  const sandbox = await insertSandboxRow(
    context.database,
    context.actor.organizationId,
    row,
    mounts,
    createAuditEntry(context, {
      action: "create",
      targetType: "sandbox",
      targetId: id,
      statusCode: 200,
      metadata: { name: row.name, secrets: mounts },
    }),
  );
  if (sandbox === "duplicate") {
    throw new EgretError("CONFLICT", `A sandbox named ${row.name} exists already`);
  }
  if (sandbox === "missing-secret") {
    await refuseMissingSecrets(context, mounts);
    throw new EgretError("CONFLICT", "The secrets are being changed by others; try again");
  }
  return { sandbox, egress: await signEgressAccess(context, id, ttlMinutes) };
}

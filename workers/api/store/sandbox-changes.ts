import { and, eq, type InferInsertModel } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { isUniqueViolation } from "../../../shared/database/database-error.ts";
import { sandboxes, sandboxSecrets } from "../../../shared/database/schema.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-logs.ts";
import { insertWhere } from "./insert-where.ts";
import { allSecretsExist, insertMounts, type Mounts } from "./mounts.ts";
import { isSandbox, type Sandbox, selectSandboxes } from "./sandboxes.ts";

/**
 * Adds a sandbox with its mounts and its audit entry, all or nothing. `missing-secret` where one
 * of the secrets does not exist in the organization.
 */
export async function insertSandboxRow(
  database: Database,
  organizationId: string,
  sandbox: Omit<InferInsertModel<typeof sandboxes>, "organizationId">,
  mounts: Mounts,
  audit: AuditEntry,
): Promise<Sandbox | "duplicate" | "missing-secret"> {
  try {
    const [inserted, , , [added]] = await database.batch([
      insertWhere(
        database,
        sandboxes,
        { ...sandbox, organizationId },
        allSecretsExist(organizationId, mounts),
      ),
      insertAuditOfChange(database, organizationId, audit),
      insertMounts(database, organizationId, sandbox.id, mounts),
      selectSandboxes(database).where(isSandbox(organizationId, sandbox.id)),
    ]);
    return inserted.rowsAffected === 1 && added !== undefined ? added : "missing-secret";
  } catch (error) {
    // The id is random: only the name can meet a row that exists.
    if (isUniqueViolation(error)) return "duplicate";
    throw error;
  }
}

/**
 * Puts a new set of mounts in the place of a sandbox's old one, with its audit entry. Null, and
 * nothing written, where the sandbox or one of the secrets does not exist in the organization.
 */
export async function replaceMounts(
  database: Database,
  organizationId: string,
  { id, updatedAt }: { id: string; updatedAt: number },
  mounts: Mounts,
  audit: AuditEntry,
): Promise<Sandbox | null> {
  const complete = allSecretsExist(organizationId, mounts);
  const [updated, , , , [sandbox]] = await database.batch([
    database
      .update(sandboxes)
      .set({ updatedAt })
      .where(and(isSandbox(organizationId, id), complete)),
    insertAuditOfChange(database, organizationId, audit),
    database
      .delete(sandboxSecrets)
      .where(
        and(
          eq(sandboxSecrets.organizationId, organizationId),
          eq(sandboxSecrets.sandboxId, id),
          complete,
        ),
      ),
    insertMounts(database, organizationId, id, mounts),
    selectSandboxes(database).where(isSandbox(organizationId, id)),
  ]);
  return updated.rowsAffected === 1 ? (sandbox ?? null) : null;
}

/**
 * Deletes a sandbox and its mounts, with its audit entry; false where the organization has no such
 * sandbox.
 */
export async function deleteSandboxRow(
  database: Database,
  organizationId: string,
  id: string,
  audit: AuditEntry,
): Promise<boolean> {
  const [deleted] = await database.batch([
    database.delete(sandboxes).where(isSandbox(organizationId, id)),
    insertAuditOfChange(database, organizationId, audit),
    // Not left to the foreign key, which a server may not enforce.
    database
      .delete(sandboxSecrets)
      .where(
        and(eq(sandboxSecrets.organizationId, organizationId), eq(sandboxSecrets.sandboxId, id)),
      ),
  ]);
  return deleted.rowsAffected === 1;
}

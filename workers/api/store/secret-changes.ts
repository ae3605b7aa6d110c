import { and, eq, type InferInsertModel, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { isUniqueViolation } from "../../../shared/database/database-error.ts";
import { sandboxSecrets, secrets } from "../../../shared/database/schema.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-logs.ts";
import { insertWhere } from "./insert-where.ts";
import type { Secret } from "./secrets.ts";

/** What an update writes; what is left out stays. */
export type SecretChanges = Pick<
  InferInsertModel<typeof secrets>,
  "sealedValue" | "sealingKeyId" | "version" | "updatedAt"
> &
  Partial<Pick<Secret, "description" | "hosts" | "locations">>;

/**
 * Adds a secret, unless the organization has one of that name or already keeps `maxSecrets`.
 * Secret and audit entry are written together or not at all.
 */
export async function insertSecretRow(
  database: Database,
  organizationId: string,
  secret: Omit<InferInsertModel<typeof secrets>, "organizationId">,
  maxSecrets: number,
  audit: AuditEntry,
): Promise<"inserted" | "duplicate" | "full"> {
  const kept = sql`(select count(*) from ${secrets} where ${secrets.organizationId} = ${organizationId})`;
  try {
    const [inserted] = await database.batch([
      insertWhere(database, secrets, { ...secret, organizationId }, sql`${kept} < ${maxSecrets}`),
      insertAuditOfChange(database, organizationId, audit),
    ]);
    return inserted.rowsAffected === 1 ? "inserted" : "full";
  } catch (error) {
    // Id and placeholder are random: only the name can meet a row that exists.
    if (isUniqueViolation(error)) return "duplicate";
    throw error;
  }
}

/**
 * Changes a secret that is still at `fromVersion`, with its audit entry; false where another
 * update or a deletion came first.
 */
export async function updateSecretRow(
  database: Database,
  organizationId: string,
  { id, fromVersion }: { id: string; fromVersion: number },
  changes: SecretChanges,
  audit: AuditEntry,
): Promise<boolean> {
  const [updated] = await database.batch([
    database
      .update(secrets)
      .set(changes)
      .where(
        and(
          eq(secrets.organizationId, organizationId),
          eq(secrets.id, id),
          eq(secrets.version, fromVersion),
        ),
      ),
    insertAuditOfChange(database, organizationId, audit),
  ]);
  return updated.rowsAffected === 1;
}

/**
 * Deletes a secret and unmounts it everywhere, with its audit entry; false where the organization
 * has no such secret.
 */
export async function deleteSecretRow(
  database: Database,
  organizationId: string,
  id: string,
  audit: AuditEntry,
): Promise<boolean> {
  const [deleted] = await database.batch([
    database
      .delete(secrets)
      .where(and(eq(secrets.organizationId, organizationId), eq(secrets.id, id))),
    insertAuditOfChange(database, organizationId, audit),
    // Not left to the foreign key, which a server may not enforce.
    database
      .delete(sandboxSecrets)
      .where(
        and(eq(sandboxSecrets.organizationId, organizationId), eq(sandboxSecrets.secretId, id)),
      ),
  ]);
  return deleted.rowsAffected === 1;
}

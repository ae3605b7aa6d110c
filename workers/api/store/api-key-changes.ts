import { and, type InferInsertModel, isNull, lte, or, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { isUniqueViolation } from "../../../shared/database/database-error.ts";
import { apiKeys } from "../../../shared/database/schema.ts";
import { type ApiKeyName, isApiKey } from "./api-keys.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-logs.ts";
import { insertWhere } from "./insert-where.ts";

/**
 * Adds an API key with its audit entry, unless its user has one of that name or already keeps
 * `maxKeys`.
 */
export async function insertApiKeyRow(
  database: Database,
  organizationId: string,
  key: Omit<InferInsertModel<typeof apiKeys>, "organizationId">,
  maxKeys: number,
  audit: AuditEntry,
): Promise<"inserted" | "duplicate" | "full"> {
  const kept = sql`(
    select count(*) from ${apiKeys}
    where ${apiKeys.organizationId} = ${organizationId} and ${apiKeys.userId} = ${key.userId}
  )`;
  try {
    const [inserted] = await database.batch([
      insertWhere(database, apiKeys, { ...key, organizationId }, sql`${kept} < ${maxKeys}`),
      insertAuditOfChange(database, organizationId, audit),
    ]);
    return inserted.rowsAffected === 1 ? "inserted" : "full";
  } catch (error) {
    // The hash is random: only the name can meet a row that exists.
    if (isUniqueViolation(error)) return "duplicate";
    throw error;
  }
}

/** Deletes an API key with its audit entry; false where the organization has no such key. */
export async function deleteApiKeyRow(
  database: Database,
  organizationId: string,
  name: ApiKeyName,
  audit: AuditEntry,
): Promise<boolean> {
  const [deleted] = await database.batch([
    database.delete(apiKeys).where(isApiKey(organizationId, name)),
    insertAuditOfChange(database, organizationId, audit),
  ]);
  return deleted.rowsAffected === 1;
}

/**
 * Writes when an API key was used last, unless a time after `staleAt` stands there: of many
 * requests at once, one writes.
 */
export async function touchApiKey(
  database: Database,
  organizationId: string,
  name: ApiKeyName,
  { now, staleAt }: { now: number; staleAt: number },
): Promise<void> {
  await database
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(
      and(
        isApiKey(organizationId, name),
        or(isNull(apiKeys.lastUsedAt), lte(apiKeys.lastUsedAt, staleAt)),
      ),
    );
}

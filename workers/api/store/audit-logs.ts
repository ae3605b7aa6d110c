import { type InferInsertModel, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { auditLogs } from "../../../shared/database/schema.ts";
import { insertWhere } from "./insert-where.ts";

/** One line of the audit log, without the organization it belongs to. */
export type AuditEntry = Omit<InferInsertModel<typeof auditLogs>, "organizationId">;

/**
 * Builds the audit entry of the statement right before it in the same batch: it is written where
 * that one changed exactly one row, and what fails here undoes the change too.
 */
export function insertAuditOfChange(database: Database, organizationId: string, entry: AuditEntry) {
  return insertWhere(database, auditLogs, { ...entry, organizationId }, sql`changes() = 1`);
}

/** Writes an audit entry by itself: for an attempt that changed nothing. */
export async function insertAuditEntry(
  database: Database,
  organizationId: string,
  entry: AuditEntry,
): Promise<void> {
  await database.insert(auditLogs).values({ ...entry, organizationId });
}

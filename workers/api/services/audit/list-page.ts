import { type AuditFilter, type AuditLog, listAuditPage } from "../../store/audit-pages.ts";
import type { ServiceContext } from "../context.ts";
import { cutPage, readPosition } from "../page.ts";

export type { AuditFilter, AuditLog };

export type ListAuditLogsInput = {
  filters: AuditFilter[];
  /** From 1; where a token is given, it is only repeated. */
  page: number;
  limit: number;
  nextToken?: string | undefined;
};

/** One page of the audit log; `nextToken` (null on the last page) begins the next one. */
export type AuditPage = {
  items: AuditLog[];
  total: number;
  page: number;
  totalPages: number;
  nextToken: string | null;
};

/**
 * Gives a page of the organization's audit log, the newest entry first, found by its number or by
 * the token of the page before. INVALID_REQUEST for a token that this list did not give.
 */
export async function listAuditLogs(
  { database, actor }: ServiceContext,
  { filters, page, limit, nextToken }: ListAuditLogsInput,
): Promise<AuditPage> {
  const scope = {
    field: "nextToken",
    sort: "createdAt",
    order: "desc" as const,
    filter: JSON.stringify(filters),
  };
  const after = readPosition(nextToken, scope);
  const { entries, total } = await listAuditPage(database, actor.organizationId, {
    filters,
    limit: limit + 1,
    start: after === null ? { offset: (page - 1) * limit } : { after },
  });
  const { items, nextCursor } = cutPage(entries, limit, scope, (entry) => entry.createdAt);
  return { items, total, page, totalPages: Math.ceil(total / limit), nextToken: nextCursor };
}

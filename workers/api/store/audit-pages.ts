import { and, count, eq, type InferSelectModel, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { auditLogs } from "../../../shared/database/schema.ts";
import { isAfter, orderByKeyset, type Position } from "./keyset.ts";

const FILTER_COLUMNS = {
  id: auditLogs.id,
  actorId: auditLogs.actorId,
  actorEmail: auditLogs.actorEmail,
  actorApiKeyPrefix: auditLogs.actorApiKeyPrefix,
  actorApiKeySuffix: auditLogs.actorApiKeySuffix,
  action: auditLogs.action,
  targetType: auditLogs.targetType,
  targetId: auditLogs.targetId,
  statusCode: auditLogs.statusCode,
  createdAt: auditLogs.createdAt,
};

const OPERATORS = {
  eq: sql.raw("="),
  // Unlike <>, it holds for a row that has no value.
  not: sql.raw("is not"),
  gte: sql.raw(">="),
  lte: sql.raw("<="),
  gt: sql.raw(">"),
  lt: sql.raw("<"),
};

/** An entry of the audit log. */
export type AuditLog = InferSelectModel<typeof auditLogs>;

/** One condition on a field: of a value, or of a list of values of which one must (not) be met. */
export type AuditFilter = { field: keyof typeof FILTER_COLUMNS } & (
  | { operator: keyof typeof OPERATORS; value: string | number }
  | { operator: "in" | "notIn"; value: readonly (string | number)[] }
);

/** Which part of an organization's audit log a page holds, the newest entry first. */
export type AuditPageQuery = {
  /** All must hold. */
  filters: readonly AuditFilter[];
  limit: number;
  /** Where the page begins: after an entry, or after so many entries. */
  start: { after: Position } | { offset: number };
};

/**
 * Reads a page of an organization's audit log and, in the same snapshot, how many entries the
 * filters match on all pages.
 */
export async function listAuditPage(
  database: Database,
  organizationId: string,
  { filters, limit, start }: AuditPageQuery,
): Promise<{ entries: AuditLog[]; total: number }> {
  const matches = and(eq(auditLogs.organizationId, organizationId), ...filters.map(toCondition));
  const { createdAt, id } = auditLogs;
  const after = "after" in start ? isAfter(createdAt, id, "desc", start.after) : undefined;
  const [entries, [counted]] = await database.batch([
    database
      .select()
      .from(auditLogs)
      .where(and(matches, after))
      .orderBy(...orderByKeyset(createdAt, id, "desc"))
      .limit(limit)
      .offset("offset" in start ? start.offset : 0),
    database.select({ total: count() }).from(auditLogs).where(matches),
  ]);
  return { entries, total: counted?.total ?? 0 };
}

function toCondition({ field, operator, value }: AuditFilter): SQL {
  const column = FILTER_COLUMNS[field];
  if (operator !== "in" && operator !== "notIn") {
    return sql`${column} ${OPERATORS[operator]} ${value}`;
  }
  const isListed = sql`${column} in (select listed.value from json_each(${JSON.stringify(value)}) as listed)`;
  return operator === "in" ? isListed : sql`(${column} is null or not ${isListed})`;
}

import { listAuditScenarios } from "../permissions.ts";
import { type AuditLog, listAuditLogs } from "../services/audit/list-page.ts";
import { AuditPageQuery } from "./audit-schemas.ts";
import { renderTime } from "./render-time.ts";
import { defineRoute, type PublicRoute } from "./route.ts";

/** What the audit log can hold. */
export const AUDIT_SCENARIO_ROUTES: PublicRoute[] = [
  {
    name: "GET /audit/scenarios",
    answer: async () => Response.json({ targets: listAuditScenarios() }),
  },
];

export const AUDIT_ROUTES = [
  defineRoute(
    "GET /audit/organizations/:organizationId",
    { status: 200, query: AuditPageQuery },
    async ({ context, query }) => {
      const { items, nextToken, ...page } = await listAuditLogs(context, query);
      return {
        items: items.map(renderAuditLog),
        ...page,
        ...(nextToken === null ? {} : { nextToken }),
      };
    },
  ),
];

function renderAuditLog({ createdAt, ...entry }: AuditLog) {
  const given = Object.entries(entry).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(given), createdAt: renderTime(createdAt) };
}

import type { z } from "zod";
import { listAuditScenarios } from "../permissions.ts";
import { type AuditLog, listAuditLogs } from "../services/audit/list-page.ts";
import { type AuditEntryAnswer, AuditPageAnswer, AuditScenariosAnswer } from "./audit-answers.ts";
import { AuditPageQuery } from "./audit-schemas.ts";
import { renderTime } from "./render-time.ts";
import { definePublicRoute, defineRoute } from "./route.ts";

/** What the audit log can hold. */
export const AUDIT_SCENARIO_ROUTES = [
  definePublicRoute(
    "GET /audit/scenarios",
    {
      operationId: "listAuditScenarios",
      summary: "List what the audit log can hold",
      status: 200,
      response: AuditScenariosAnswer,
    },
    async () => ({ targets: listAuditScenarios() }),
  ),
];

export const AUDIT_ROUTES = [
  defineRoute(
    "GET /audit/organizations/:organizationId",
    {
      operationId: "listAuditLogs",
      summary: "Read the audit log in pages, the newest entry first",
      description:
        "Filters are written `field[operator]=value`; all must hold. Refused attempts are there too, with their status. Values of secrets are masked.",
      status: 200,
      query: AuditPageQuery,
      response: AuditPageAnswer,
    },
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

function renderAuditLog({ createdAt, ...entry }: AuditLog): z.output<typeof AuditEntryAnswer> {
  const given = Object.entries(entry).filter(([, value]) => value !== null);
  return {
    ...(Object.fromEntries(given) as Omit<z.output<typeof AuditEntryAnswer>, "createdAt">),
    createdAt: renderTime(createdAt),
  };
}

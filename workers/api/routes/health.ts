import { z } from "zod";
import { checkReadiness } from "../services/health/check-readiness.ts";
import { definePublicRoute } from "./route.ts";

/** Whether the Worker runs, and whether it can serve. */
export const HEALTH_ROUTES = [
  definePublicRoute(
    "GET /health",
    {
      operationId: "getHealth",
      summary: "Tell whether the API runs",
      status: 200,
      response: z.strictObject({ status: z.literal("ok") }),
    },
    async () => ({ status: "ok" as const }),
  ),
  definePublicRoute(
    "GET /health/ready",
    {
      operationId: "getReadiness",
      summary: "Tell whether the API can serve",
      description: "503 while its database cannot be reached or a master key is missing.",
      status: 200,
      response: z.strictObject({ status: z.literal("ready") }),
    },
    async ({ database, settings }) => {
      await checkReadiness(database, settings.masterKeys);
      return { status: "ready" as const };
    },
  ),
];

import { checkReadiness } from "../services/health/check-readiness.ts";
import type { PublicRoute } from "./route.ts";

/** Whether the Worker runs, and whether it can serve. */
export const HEALTH_ROUTES: PublicRoute[] = [
  { name: "GET /health", answer: async () => Response.json({ status: "ok" }) },
  {
    name: "GET /health/ready",
    answer: async ({ database, settings }) => {
      await checkReadiness(database, settings.masterKeys);
      return Response.json({ status: "ready" });
    },
  },
];

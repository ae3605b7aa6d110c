import { z } from "zod";
import { definePublicRoute, type PublicRoute } from "./route.ts";

/** The API's own description: for programs, and for people. */
export const DOCUMENTATION_ROUTES: PublicRoute[] = [
  definePublicRoute(
    "GET /openapi.json",
    {
      operationId: "getOpenApiDocument",
      summary: "Get this description as an OpenAPI document",
      status: 200,
      response: z.looseObject({ openapi: z.literal("3.1.0") }),
    },
    async ({ describeApi }) => describeApi().document,
  ),
  {
    name: "GET /docs",
    operationId: "getDocumentation",
    summary: "Read this description as a page",
    status: 200,
    answer: async ({ describeApi }) => {
      const { html, contentSecurityPolicy } = describeApi().page;
      return new Response(html, {
        headers: {
          "Content-Type": "text/html; charset=utf-8",
          "Content-Security-Policy": contentSecurityPolicy,
          "X-Content-Type-Options": "nosniff",
          "Referrer-Policy": "no-referrer",
        },
      });
    },
  },
];

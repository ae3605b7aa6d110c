import { EgretError } from "../../../shared/errors.ts";
import type { PublicRoute } from "./route.ts";

/** Where SDKs look for what runs in a sandbox, which Egret does not run. */
export const TOOLBOX_ROUTES: PublicRoute[] = [
  {
    name: "ALL /toolbox/*",
    operationId: "callToolbox",
    summary: "Reach into a sandbox",
    description: "Not served, whatever the method: what runs a sandbox is the caller's.",
    status: 501,
    answer: async () => {
      throw new EgretError(
        "NOT_IMPLEMENTED",
        "Egret keeps a sandbox's identity and secrets; it does not run the sandbox",
      );
    },
  },
];

import { z } from "zod";
import { renderedTime } from "./rendered-fields.ts";

const echoedInterval = z.int().optional();

const fields = {
  id: z.uuid(),
  organizationId: z.string(),
  name: z.string(),
  user: z.string(),
  env: z.record(z.string(), z.string()).meta({
    description: "The variables that were given and, for each mounted secret, its placeholder.",
  }),
  labels: z.record(z.string(), z.string()),
  public: z.boolean(),
  networkBlockAll: z.boolean(),
  domainAllowList: z.string().optional(),
  target: z.string(),
  cpu: z.number(),
  gpu: z.number(),
  memory: z.number(),
  disk: z.number(),
  snapshot: z.string().optional(),
  autoStopInterval: echoedInterval,
  autoPauseInterval: echoedInterval,
  autoArchiveInterval: echoedInterval,
  autoDeleteInterval: echoedInterval,
  state: z.enum(["started", "destroyed"]),
  toolboxProxyUrl: z.url(),
  createdAt: renderedTime,
  updatedAt: renderedTime,
};

export const SandboxAnswer = z.strictObject(fields).meta({
  id: "Sandbox",
  description: "A sandbox's identity and its secrets. What runs it is the caller's.",
});

export const EgressAccessAnswer = z
  .strictObject({
    url: z.url(),
    token: z.string().meta({ description: "A JWT that the egress takes; keep it secret." }),
    expiresAt: renderedTime,
  })
  .meta({ id: "EgressAccess" });

export const NewSandboxAnswer = z
  .strictObject({ ...fields, egress: EgressAccessAnswer })
  .meta({ id: "NewSandbox" });

export const SandboxPageAnswer = z
  .strictObject({
    items: z.array(SandboxAnswer),
    nextCursor: z.string().nullable().meta({ description: "Null on the last page." }),
  })
  .meta({ id: "SandboxPage" });

export const ToolboxUrlAnswer = z.strictObject({ url: z.url() }).meta({ id: "ToolboxUrl" });

import type { z } from "zod";
import type { Sandbox } from "../services/sandboxes/get.ts";
import type { EgressAccess } from "../services/sandboxes/issue-egress-token.ts";
import { renderTime } from "./render-time.ts";
import type { EgressAccessAnswer, SandboxAnswer } from "./sandbox-answers.ts";
import type { CreateSandboxBody } from "./sandbox-schemas.ts";

/** The only state there is: what runs the sandbox is the caller's, and no client waits for it. */
export const STATE = "started";

// Fields of Daytona's API that mean nothing to Egret and that clients expect to read back.
const ECHOED_FIELDS = [
  "snapshot",
  "autoStopInterval",
  "autoPauseInterval",
  "autoArchiveInterval",
  "autoDeleteInterval",
] as const;

/** Gives a body as the service takes it, with what Daytona puts where nothing is said. */
export function readSandbox(body: z.output<typeof CreateSandboxBody>) {
  return {
    name: body.name,
    mounts: body.secrets ?? {},
    ttlMinutes: body.ttlMinutes,
    user: body.user ?? "daytona",
    env: body.env ?? {},
    labels: body.labels ?? {},
    public: body.public ?? false,
    networkBlockAll: body.networkBlockAll ?? false,
    domainAllowList: body.domainAllowList ?? null,
    target: body.target ?? "egret",
    cpu: body.cpu ?? 1,
    gpu: body.gpu ?? 0,
    memory: body.memory ?? 1,
    disk: body.disk ?? 3,
    echoed: pickEchoed(body),
  };
}

/** Renders a sandbox as the API shows it. */
export function renderSandbox(sandbox: Sandbox, baseUrl: string): z.output<typeof SandboxAnswer> {
  return {
    id: sandbox.id,
    organizationId: sandbox.organizationId,
    name: sandbox.name,
    user: sandbox.user,
    env: { ...sandbox.env, ...sandbox.placeholders },
    labels: sandbox.labels,
    public: sandbox.public,
    networkBlockAll: sandbox.networkBlockAll,
    ...(sandbox.domainAllowList === null ? {} : { domainAllowList: sandbox.domainAllowList }),
    target: sandbox.target,
    cpu: sandbox.cpu,
    gpu: sandbox.gpu,
    memory: sandbox.memory,
    disk: sandbox.disk,
    ...pickEchoed(sandbox.echoed),
    state: STATE,
    toolboxProxyUrl: renderToolboxUrl(baseUrl),
    createdAt: renderTime(sandbox.createdAt),
    updatedAt: renderTime(sandbox.updatedAt),
  };
}

function pickEchoed(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = ECHOED_FIELDS.filter((field) => fields[field] !== undefined);
  return Object.fromEntries(given.map((field) => [field, fields[field]]));
}

/** Renders a sandbox's access to the egress. */
export function renderEgress({
  url,
  token,
  expiresAt,
}: EgressAccess): z.output<typeof EgressAccessAnswer> {
  return { url, token, expiresAt: renderTime(expiresAt) };
}

/** Clients send their bearer token there, so it is this API's own host, which takes none of it. */
export function renderToolboxUrl(baseUrl: string): string {
  return `${baseUrl}/toolbox`;
}

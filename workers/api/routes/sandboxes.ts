import type { z } from "zod";
import { EgretError } from "../../../shared/errors.ts";
import { createSandbox } from "../services/sandboxes/create.ts";
import { deleteSandbox } from "../services/sandboxes/delete.ts";
import { getSandbox, type Sandbox } from "../services/sandboxes/get.ts";
import { type EgressAccess, issueEgressToken } from "../services/sandboxes/issue-egress-token.ts";
import { listSandboxPage } from "../services/sandboxes/list-page.ts";
import { updateSandboxSecrets } from "../services/sandboxes/update-secrets.ts";
import { renderTime } from "./render-time.ts";
import { defineRoute } from "./route.ts";
import {
  CreateSandboxBody,
  EgressTokenBody,
  SandboxPageQuery,
  SandboxSecretsBody,
} from "./sandbox-schemas.ts";

// The only state there is: what runs the sandbox is the caller's, and no client waits for it.
const STATE = "started";

// Fields of Daytona's API that mean nothing to Egret and that clients expect to read back.
const ECHOED_FIELDS = [
  "snapshot",
  "autoStopInterval",
  "autoPauseInterval",
  "autoArchiveInterval",
  "autoDeleteInterval",
];

export const SANDBOX_ROUTES = [
  defineRoute("POST /sandbox", { status: 200, body: CreateSandboxBody }, async (request) => {
    const { sandbox, egress } = await createSandbox(request.context, readSandbox(request.body));
    return { ...renderSandbox(sandbox, request.baseUrl), egress: renderEgress(egress) };
  }),

  defineRoute("GET /sandbox", { status: 200, query: SandboxPageQuery }, async (request) => {
    const { states, name, id, ...query } = request.query;
    if (states !== undefined && !states.includes(STATE)) return { items: [], nextCursor: null };
    const page = await listSandboxPage(request.context, {
      ...query,
      namePrefix: name,
      idPrefix: id,
    });
    return {
      items: page.items.map((sandbox) => renderSandbox(sandbox, request.baseUrl)),
      nextCursor: page.nextCursor,
    };
  }),

  defineRoute("GET /sandbox/:sandboxIdOrName", { status: 200 }, async (request) =>
    renderSandbox(
      await getSandbox(request.context, request.parameters.sandboxIdOrName),
      request.baseUrl,
    ),
  ),

  defineRoute("DELETE /sandbox/:sandboxIdOrName", { status: 200 }, async (request) => ({
    ...renderSandbox(
      await deleteSandbox(request.context, request.parameters.sandboxIdOrName),
      request.baseUrl,
    ),
    state: "destroyed",
  })),

  defineRoute("GET /sandbox/:sandboxIdOrName/secrets", { status: 200 }, async () => {
    throw new EgretError("FORBIDDEN", "The values of secrets are not given out");
  }),

  defineRoute(
    "PUT /sandbox/:sandboxIdOrName/secrets",
    { status: 200, body: SandboxSecretsBody },
    async ({ context, parameters, body, baseUrl }) =>
      renderSandbox(
        await updateSandboxSecrets(context, parameters.sandboxIdOrName, body.secrets),
        baseUrl,
      ),
  ),

  defineRoute(
    "POST /sandbox/:sandboxIdOrName/egress-token",
    { status: 201, body: EgressTokenBody },
    async ({ context, parameters, body }) =>
      renderEgress(await issueEgressToken(context, parameters.sandboxIdOrName, body.ttlMinutes)),
  ),

  defineRoute(
    "GET /sandbox/:sandboxIdOrName/toolbox-proxy-url",
    { status: 200 },
    async ({ context, parameters, baseUrl }) => {
      await getSandbox(context, parameters.sandboxIdOrName);
      return { url: renderToolboxUrl(baseUrl) };
    },
  ),
];

function readSandbox(body: z.output<typeof CreateSandboxBody>) {
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

function renderSandbox(sandbox: Sandbox, baseUrl: string) {
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

function renderEgress({ url, token, expiresAt }: EgressAccess) {
  return { url, token, expiresAt: renderTime(expiresAt) };
}

// Clients send their bearer token there, so it is this API's own host, which takes none of it.
function renderToolboxUrl(baseUrl: string): string {
  return `${baseUrl}/toolbox`;
}

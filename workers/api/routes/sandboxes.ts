import { EgretError } from "../../../shared/errors.ts";
import { createSandbox } from "../services/sandboxes/create.ts";
import { deleteSandbox } from "../services/sandboxes/delete.ts";
import { getSandbox } from "../services/sandboxes/get.ts";
import { issueEgressToken } from "../services/sandboxes/issue-egress-token.ts";
import { listSandboxPage } from "../services/sandboxes/list-page.ts";
import { updateSandboxSecrets } from "../services/sandboxes/update-secrets.ts";
import {
  readSandbox,
  renderEgress,
  renderSandbox,
  renderToolboxUrl,
  STATE,
} from "./render-sandbox.ts";
import { defineRoute } from "./route.ts";
import {
  EgressAccessAnswer,
  NewSandboxAnswer,
  SandboxAnswer,
  SandboxPageAnswer,
  ToolboxUrlAnswer,
} from "./sandbox-answers.ts";
import {
  CreateSandboxBody,
  EgressTokenBody,
  SandboxPageQuery,
  SandboxSecretsBody,
} from "./sandbox-schemas.ts";

export const SANDBOX_ROUTES = [
  defineRoute(
    "POST /sandbox",
    {
      operationId: "createSandbox",
      summary: "Create a sandbox",
      description:
        "Gives it an identity, its secrets as placeholders in `env`, and its access to the egress.",
      status: 200,
      body: CreateSandboxBody,
      response: NewSandboxAnswer,
      conflict: "The organization has a sandbox of that name, or others change its secrets",
    },
    async (request) => {
      const { sandbox, egress } = await createSandbox(request.context, readSandbox(request.body));
      return { ...renderSandbox(sandbox, request.baseUrl), egress: renderEgress(egress) };
    },
  ),

  defineRoute(
    "GET /sandbox",
    {
      operationId: "listSandboxes",
      summary: "List sandboxes in pages",
      status: 200,
      query: SandboxPageQuery,
      response: SandboxPageAnswer,
    },
    async (request) => {
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
    },
  ),

  defineRoute(
    "GET /sandbox/:sandboxIdOrName",
    {
      operationId: "getSandbox",
      summary: "Get a sandbox",
      status: 200,
      response: SandboxAnswer,
    },
    async (request) =>
      renderSandbox(
        await getSandbox(request.context, request.parameters.sandboxIdOrName),
        request.baseUrl,
      ),
  ),

  defineRoute(
    "DELETE /sandbox/:sandboxIdOrName",
    {
      operationId: "deleteSandbox",
      summary: "Delete a sandbox",
      description:
        "Its token ends within 15 seconds. Answers the sandbox in the state `destroyed`.",
      status: 200,
      response: SandboxAnswer,
    },
    async (request) => ({
      ...renderSandbox(
        await deleteSandbox(request.context, request.parameters.sandboxIdOrName),
        request.baseUrl,
      ),
      state: "destroyed" as const,
    }),
  ),

  defineRoute(
    "GET /sandbox/:sandboxIdOrName/secrets",
    {
      operationId: "getSandboxSecrets",
      summary: "Always refused",
      description: "Daytona gives out the values of a sandbox's secrets here; Egret never does.",
      status: 403,
    },
    async () => {
      throw new EgretError("FORBIDDEN", "The values of secrets are not given out");
    },
  ),

  defineRoute(
    "PUT /sandbox/:sandboxIdOrName/secrets",
    {
      operationId: "updateSandboxSecrets",
      summary: "Replace a sandbox's secrets",
      description: "An empty list unmounts all. In force at every egress within 15 seconds.",
      status: 200,
      body: SandboxSecretsBody,
      response: SandboxAnswer,
    },
    async ({ context, parameters, body, baseUrl }) =>
      renderSandbox(
        await updateSandboxSecrets(context, parameters.sandboxIdOrName, body.secrets),
        baseUrl,
      ),
  ),

  defineRoute(
    "POST /sandbox/:sandboxIdOrName/egress-token",
    {
      operationId: "createEgressToken",
      summary: "Issue a new egress token",
      description: "Earlier tokens stay valid until they expire or the sandbox is deleted.",
      status: 201,
      body: EgressTokenBody,
      response: EgressAccessAnswer,
    },
    async ({ context, parameters, body }) =>
      renderEgress(await issueEgressToken(context, parameters.sandboxIdOrName, body.ttlMinutes)),
  ),

  defineRoute(
    "GET /sandbox/:sandboxIdOrName/toolbox-proxy-url",
    {
      operationId: "getToolboxProxyUrl",
      summary: "Get the toolbox's URL",
      description: "Daytona's clients ask for it. What is under it answers 501.",
      status: 200,
      response: ToolboxUrlAnswer,
    },
    async ({ context, parameters, baseUrl }) => {
      await getSandbox(context, parameters.sandboxIdOrName);
      return { url: renderToolboxUrl(baseUrl) };
    },
  ),
];

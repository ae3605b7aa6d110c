import { z } from "zod";
import { createApiKey } from "../services/api-keys/create.ts";
import { deleteApiKey } from "../services/api-keys/delete.ts";
import { type ApiKey, getApiKey, getCurrentApiKey } from "../services/api-keys/get.ts";
import { listVisibleApiKeys } from "../services/api-keys/list.ts";
import { ApiKeyAnswer, NewApiKeyAnswer } from "./api-key-answers.ts";
import { CreateApiKeyBody } from "./api-key-schemas.ts";
import { renderTime } from "./render-time.ts";
import { defineRoute } from "./route.ts";

const MASK = "*".repeat(20);

export const API_KEY_ROUTES = [
  defineRoute(
    "POST /api-keys",
    {
      operationId: "createApiKey",
      summary: "Create an API key",
      description: "The whole key is shown this once. It can do no more than its creator.",
      status: 201,
      body: CreateApiKeyBody,
      response: NewApiKeyAnswer,
      conflict: "The user has a key of that name",
    },
    async (request) => {
      const { expiresAt = null, ...input } = request.body;
      const key = await createApiKey(request.context, { ...input, expiresAt });
      return {
        name: key.name,
        value: key.value,
        createdAt: renderTime(key.createdAt),
        permissions: key.permissions,
        expiresAt: renderOptionalTime(key.expiresAt),
      };
    },
  ),

  defineRoute(
    "GET /api-keys",
    {
      operationId: "listApiKeys",
      summary: "List API keys",
      description: "An owner who signs in sees the keys of everybody; all others see their own.",
      status: 200,
      response: z.array(ApiKeyAnswer),
    },
    async ({ context }) => (await listVisibleApiKeys(context)).map(renderApiKey),
  ),

  defineRoute(
    "GET /api-keys/current",
    {
      operationId: "getCurrentApiKey",
      summary: "Get the API key of this request",
      status: 200,
      response: ApiKeyAnswer,
    },
    async ({ context }) => renderApiKey(await getCurrentApiKey(context)),
  ),

  defineRoute(
    "GET /api-keys/:name",
    {
      operationId: "getApiKey",
      summary: "Get an API key of one's own",
      status: 200,
      response: ApiKeyAnswer,
    },
    async ({ context, parameters }) => renderApiKey(await getApiKey(context, parameters)),
  ),

  defineRoute(
    "DELETE /api-keys/:name",
    {
      operationId: "deleteApiKey",
      summary: "Delete an API key of one's own",
      description: "In force at once.",
      status: 204,
    },
    ({ context, parameters }) => deleteApiKey(context, parameters),
  ),

  defineRoute(
    "DELETE /api-keys/:userId/:name",
    {
      operationId: "deleteApiKeyOfUser",
      summary: "Delete an API key of another user",
      description: "In force at once.",
      status: 204,
    },
    ({ context, parameters }) => deleteApiKey(context, parameters),
  ),
];

function renderApiKey(key: ApiKey): z.output<typeof ApiKeyAnswer> {
  return {
    name: key.name,
    value: key.prefix + MASK + key.suffix,
    createdAt: renderTime(key.createdAt),
    permissions: key.permissions,
    lastUsedAt: renderOptionalTime(key.lastUsedAt),
    expiresAt: renderOptionalTime(key.expiresAt),
    userId: key.userId,
  };
}

function renderOptionalTime(time: number | null): string | null {
  return time === null ? null : renderTime(time);
}

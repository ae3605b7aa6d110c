import { createApiKey } from "../services/api-keys/create.ts";
import { deleteApiKey } from "../services/api-keys/delete.ts";
import { type ApiKey, getApiKey, getCurrentApiKey } from "../services/api-keys/get.ts";
import { listVisibleApiKeys } from "../services/api-keys/list.ts";
import { CreateApiKeyBody } from "./api-key-schemas.ts";
import { renderTime } from "./render-time.ts";
import { defineRoute } from "./route.ts";

const MASK = "*".repeat(20);

export const API_KEY_ROUTES = [
  defineRoute("POST /api-keys", { status: 201, body: CreateApiKeyBody }, async (request) => {
    const { expiresAt = null, ...input } = request.body;
    const key = await createApiKey(request.context, { ...input, expiresAt });
    return {
      name: key.name,
      value: key.value,
      createdAt: renderTime(key.createdAt),
      permissions: key.permissions,
      expiresAt: renderOptionalTime(key.expiresAt),
    };
  }),

  defineRoute("GET /api-keys", { status: 200 }, async ({ context }) =>
    (await listVisibleApiKeys(context)).map(renderApiKey),
  ),

  defineRoute("GET /api-keys/current", { status: 200 }, async ({ context }) =>
    renderApiKey(await getCurrentApiKey(context)),
  ),

  defineRoute("GET /api-keys/:name", { status: 200 }, async ({ context, parameters }) =>
    renderApiKey(await getApiKey(context, parameters)),
  ),

  defineRoute("DELETE /api-keys/:name", { status: 204 }, ({ context, parameters }) =>
    deleteApiKey(context, parameters),
  ),

  defineRoute("DELETE /api-keys/:userId/:name", { status: 204 }, ({ context, parameters }) =>
    deleteApiKey(context, parameters),
  ),
];

function renderApiKey(key: ApiKey) {
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

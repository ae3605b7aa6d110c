import { createSecret } from "../services/secrets/create.ts";
import { deleteSecret } from "../services/secrets/delete.ts";
import { getSecret, type Secret } from "../services/secrets/get.ts";
import { listAllSecrets } from "../services/secrets/list.ts";
import { listSecretPage } from "../services/secrets/list-page.ts";
import { updateSecret } from "../services/secrets/update.ts";
import { renderTime } from "./render-time.ts";
import { defineRoute } from "./route.ts";
import { CreateSecretBody, SecretPageQuery, UpdateSecretBody } from "./secret-schemas.ts";

export const SECRET_ROUTES = [
  defineRoute("POST /secret", { status: 201, body: CreateSecretBody }, async (request) =>
    renderSecret(await createSecret(request.context, request.body)),
  ),

  defineRoute("GET /secret", { status: 200 }, async ({ context }) =>
    (await listAllSecrets(context)).map(renderSecret),
  ),

  defineRoute("GET /secret/paginated", { status: 200, query: SecretPageQuery }, async (request) => {
    const { items, total, nextCursor } = await listSecretPage(request.context, request.query);
    return { items: items.map(renderSecret), total, nextCursor };
  }),

  defineRoute("GET /secret/:secretId", { status: 200 }, async ({ context, parameters }) =>
    renderSecret(await getSecret(context, parameters.secretId)),
  ),

  defineRoute(
    "PATCH /secret/:secretId",
    { status: 200, body: UpdateSecretBody },
    async ({ context, parameters, body }) => {
      // Daytona's Java SDK sends `"hosts": []` with every update that leaves the hosts alone.
      const isUnsaid = context.origin.source === "sdk-java" && body.hosts?.length === 0;
      const input = isUnsaid ? { ...body, hosts: undefined } : body;
      return renderSecret(await updateSecret(context, parameters.secretId, input));
    },
  ),

  defineRoute("DELETE /secret/:secretId", { status: 204 }, ({ context, parameters }) =>
    deleteSecret(context, parameters.secretId),
  ),
];

function renderSecret(secret: Secret) {
  return {
    id: secret.id,
    name: secret.name,
    ...(secret.description === null ? {} : { description: secret.description }),
    placeholder: secret.placeholder,
    hosts: secret.hosts,
    ...(secret.locations === null ? {} : { locations: secret.locations }),
    version: secret.version,
    ...(secret.lastUsedAt === null ? {} : { lastUsedAt: renderTime(secret.lastUsedAt) }),
    createdAt: renderTime(secret.createdAt),
    updatedAt: renderTime(secret.updatedAt),
  };
}

import { z } from "zod";
import { MAX_UNPAGED_SECRETS } from "../../../shared/limits.ts";
import { createSecret } from "../services/secrets/create.ts";
import { deleteSecret } from "../services/secrets/delete.ts";
import { getSecret, type Secret } from "../services/secrets/get.ts";
import { listAllSecrets } from "../services/secrets/list.ts";
import { listSecretPage } from "../services/secrets/list-page.ts";
import { updateSecret } from "../services/secrets/update.ts";
import { renderTime } from "./render-time.ts";
import { defineRoute } from "./route.ts";
import { SecretAnswer, SecretPageAnswer } from "./secret-answers.ts";
import { CreateSecretBody, SecretPageQuery, UpdateSecretBody } from "./secret-schemas.ts";

export const SECRET_ROUTES = [
  defineRoute(
    "POST /secret",
    {
      operationId: "createSecret",
      summary: "Create a secret",
      description: "The value goes in here and never comes out: answers hold the placeholder.",
      status: 201,
      body: CreateSecretBody,
      response: SecretAnswer,
      conflict: "The organization has a secret of that name",
    },
    async (request) => renderSecret(await createSecret(request.context, request.body)),
  ),

  defineRoute(
    "GET /secret",
    {
      operationId: "listSecrets",
      summary: "List all secrets",
      description: `Refused beyond ${MAX_UNPAGED_SECRETS} secrets: use the paginated list.`,
      status: 200,
      response: z.array(SecretAnswer),
    },
    async ({ context }) => (await listAllSecrets(context)).map(renderSecret),
  ),

  defineRoute(
    "GET /secret/paginated",
    {
      operationId: "listSecretsPaginated",
      summary: "List secrets in pages",
      description: "Pages neither skip nor repeat a secret while others write.",
      status: 200,
      query: SecretPageQuery,
      response: SecretPageAnswer,
    },
    async (request) => {
      const { items, total, nextCursor } = await listSecretPage(request.context, request.query);
      return { items: items.map(renderSecret), total, nextCursor };
    },
  ),

  defineRoute(
    "GET /secret/:secretId",
    {
      operationId: "getSecret",
      summary: "Get a secret",
      status: 200,
      response: SecretAnswer,
    },
    async ({ context, parameters }) => renderSecret(await getSecret(context, parameters.secretId)),
  ),

  defineRoute(
    "PATCH /secret/:secretId",
    {
      operationId: "updateSecret",
      summary: "Update a secret",
      description:
        "What is left out stays. The placeholder stays too; a new value is in force at every egress within 15 seconds.",
      status: 200,
      body: UpdateSecretBody,
      response: SecretAnswer,
      conflict: "Others change the secret at the same time",
    },
    async ({ context, parameters, body }) => {
      // Daytona's Java SDK sends `"hosts": []` with every update that leaves the hosts alone.
      const isUnsaid = context.origin.source === "sdk-java" && body.hosts?.length === 0;
      const input = isUnsaid ? { ...body, hosts: undefined } : body;
      return renderSecret(await updateSecret(context, parameters.secretId, input));
    },
  ),

  defineRoute(
    "DELETE /secret/:secretId",
    {
      operationId: "deleteSecret",
      summary: "Delete a secret",
      description: "Unmounts it from every sandbox.",
      status: 204,
    },
    ({ context, parameters }) => deleteSecret(context, parameters.secretId),
  ),
];

function renderSecret(secret: Secret): z.output<typeof SecretAnswer> {
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

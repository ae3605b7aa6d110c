import { readSealingKeyId, sealValue } from "../../../../shared/encryption/sealed-value.ts";
import { EgretError } from "../../../../shared/errors.ts";
import { createPlaceholder } from "../../../../shared/placeholder.ts";
import type { SecretLocations } from "../../../../shared/secret-locations.ts";
import type { SecretValue } from "../../../../shared/secret-value.ts";
import { insertSecretRow } from "../../store/secret-changes.ts";
import type { Secret } from "../../store/secrets.ts";
import { createAuditEntry, MASKED_VALUE } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";

export type CreateSecretInput = {
  name: string;
  value: SecretValue;
  description?: string | undefined;
  hosts?: string[] | undefined;
  locations?: SecretLocations | undefined;
};

/**
 * Keeps a new secret. CONFLICT where the organization has one of that name, LIMIT_EXCEEDED where
 * it may keep no more.
 */
export async function createSecret(
  context: ServiceContext,
  input: CreateSecretInput,
): Promise<Secret> {
  const { organizationId } = context.actor;
  const { masterKeys, maxSecretsPerOrganization } = context.settings;
  const secret = createRecord(input, context.now);
  const sealedValue = await sealValue(
    masterKeys,
    { organizationId, secretId: secret.id, version: secret.version },
    input.value,
  );
  const outcome = await insertSecretRow(
    context.database,
    organizationId,
    { ...secret, sealedValue, sealingKeyId: readSealingKeyId(sealedValue) },
    maxSecretsPerOrganization,
    createAuditEntry(context, {
      action: "create",
      targetType: "secret",
      targetId: secret.id,
      statusCode: 201,
      metadata: {
        name: secret.name,
        value: MASKED_VALUE,
        description: secret.description,
        hosts: secret.hosts,
        locations: secret.locations,
      },
    }),
  );
  if (outcome === "duplicate") {
    throw new EgretError("CONFLICT", `A secret named ${secret.name} exists already`);
  }
  if (outcome === "full") {
    throw new EgretError(
      "LIMIT_EXCEEDED",
      `An organization keeps ${maxSecretsPerOrganization} secrets at most`,
    );
  }
  return secret;
}

function createRecord(input: CreateSecretInput, now: number): Secret {
  return {
    id: crypto.randomUUID(),
    name: input.name,
    description: input.description ?? null,
    placeholder: createPlaceholder(),
    hosts: input.hosts ?? [],
    locations: input.locations ?? null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    lastUsedAt: null,
  };
}

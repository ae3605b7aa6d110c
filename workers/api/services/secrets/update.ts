import type { MasterKeys } from "../../../../shared/encryption/master-keys.ts";
import {
  MissingMasterKeyError,
  openSealedValue,
  readSealingKeyId,
  type SealedValueOwner,
  sealValue,
} from "../../../../shared/encryption/sealed-value.ts";
import { EgretError } from "../../../../shared/errors.ts";
import type { SecretLocations } from "../../../../shared/secret-locations.ts";
import type { SecretValue } from "../../../../shared/secret-value.ts";
import { updateSecretRow } from "../../store/secret-changes.ts";
import { findSealedSecret, type Secret } from "../../store/secrets.ts";
import { createAuditEntry, MASKED_VALUE } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";
import { createSecretNotFound } from "./get.ts";

// Each loser of a race tries again on what the winner wrote.
const MAX_ATTEMPTS = 20;

/** What to change; what is left out (undefined) stays. */
export type UpdateSecretInput = {
  value?: SecretValue | undefined;
  description?: string | undefined;
  hosts?: string[] | undefined;
  locations?: SecretLocations | undefined;
};

/**
 * Changes a secret and seals its value anew under the next version, so that no older ciphertext
 * fits the row again. NOT_FOUND where the organization has none of that id; CONFLICT where others
 * keep changing it; SERVICE_UNAVAILABLE where the value stays and its master key is missing.
 */
export async function updateSecret(
  context: ServiceContext,
  id: string,
  input: UpdateSecretInput,
): Promise<Secret> {
  const changed = Object.entries(input).filter(([, value]) => value !== undefined);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const current = await findSealedSecret(context.database, context.actor.organizationId, id);
    if (current === null) throw createSecretNotFound();
    const { sealedValue, ...secret } = current;
    if (changed.length === 0) return secret;
    const next = applyChanges(secret, input, context.now);
    if (await writeChange(context, { sealedValue, secret }, next, input)) return next;
  }
  throw new EgretError("CONFLICT", "The secret is being changed by others; try again");
}

function applyChanges(secret: Secret, input: UpdateSecretInput, now: number): Secret {
  return {
    ...secret,
    description: input.description ?? secret.description,
    hosts: input.hosts ?? secret.hosts,
    locations: input.locations ?? secret.locations,
    version: secret.version + 1,
    // Never backwards, should a clock be.
    updatedAt: Math.max(now, secret.updatedAt),
  };
}

async function writeChange(
  context: ServiceContext,
  current: { secret: Secret; sealedValue: string },
  next: Secret,
  input: UpdateSecretInput,
): Promise<boolean> {
  const { organizationId } = context.actor;
  const { masterKeys } = context.settings;
  const { id: secretId, version: fromVersion } = current.secret;
  const value =
    input.value ??
    (await openCurrentValue(
      masterKeys,
      { organizationId, secretId, version: fromVersion },
      current.sealedValue,
    ));
  const owner = { organizationId, secretId, version: next.version };
  const sealedValue = await sealValue(masterKeys, owner, value);
  return updateSecretRow(
    context.database,
    organizationId,
    { id: secretId, fromVersion },
    {
      description: next.description,
      hosts: next.hosts,
      locations: next.locations,
      version: next.version,
      updatedAt: next.updatedAt,
      sealedValue,
      sealingKeyId: readSealingKeyId(sealedValue),
    },
    createAuditEntry(context, {
      action: "update",
      targetType: "secret",
      targetId: secretId,
      statusCode: 200,
      metadata: {
        ...input,
        ...(input.value === undefined ? {} : { value: MASKED_VALUE }),
        name: next.name,
        version: next.version,
      },
    }),
  );
}

async function openCurrentValue(
  masterKeys: MasterKeys,
  owner: SealedValueOwner,
  sealedValue: string,
): Promise<SecretValue> {
  try {
    return await openSealedValue(masterKeys, owner, sealedValue);
  } catch (cause) {
    if (!(cause instanceof MissingMasterKeyError)) throw cause;
    throw new EgretError("SERVICE_UNAVAILABLE", "The secret's value cannot be opened now", {
      headers: { "Retry-After": "30" },
      cause,
    });
  }
}

import type { Database } from "../../../shared/database/database.ts";
import { countSecretsUnderKey } from "../../../shared/database/sealed-secrets.ts";
import { type MasterKeys, parseMasterKeys } from "../../../shared/encryption/master-keys.ts";
import {
  listFormerKeyIds,
  type ReEncryption,
  reEncryptSecrets,
} from "../../../shared/re-encryption.ts";
import type { Command, CommandContext } from "../command.ts";
import { DATABASE_ENVIRONMENT, withDatabase } from "../database.ts";
import { readVariable } from "../options.ts";

/** `re-encrypt`: all secrets under the current master key. */
export const RE_ENCRYPT: Command = {
  summary: "move all secrets to the current master key",
  details: [
    "Secrets stay usable meanwhile. It may be stopped at any time and run again.",
    "Says which former keys are needed no more, and which are missing (exit code 1).",
  ],
  environment: {
    ...DATABASE_ENVIRONMENT,
    MASTER_KEYS: "the JWK Set as the Workers have it: the current key first, then former ones",
  },
  options: {},
  async run(_options, context) {
    const keys = readVariable(context, "MASTER_KEYS", parseMasterKeys);
    const result = await withDatabase(context, (database) => reEncrypt(database, keys, context));
    const removableKeyIds = keys.keyIds.filter(
      (keyId) => keyId !== keys.currentKeyId && !result.formerKeyIds.includes(keyId),
    );
    return {
      data: { currentKeyId: keys.currentKeyId, ...result, removableKeyIds },
      lines: describeResult(keys, result, removableKeyIds),
      isIncomplete: result.formerKeyIds.length > 0,
    };
  },
};

async function reEncrypt(
  database: Database,
  keys: MasterKeys,
  { report }: CommandContext,
): Promise<ReEncryption> {
  const former = await listFormerKeyIds(database, keys);
  const counts = await Promise.all(
    former
      .filter((keyId) => keys.keyIds.includes(keyId))
      .map((keyId) => countSecretsUnderKey(database, keyId)),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  return reEncryptSecrets(database, keys, {
    maxBatches: Number.POSITIVE_INFINITY,
    onBatch: ({ moved }) => report(`${moved} of ${total} secrets moved`),
  });
}

function describeResult(
  keys: MasterKeys,
  { moved, unopened, formerKeyIds, missingKeyIds }: ReEncryption,
  removableKeyIds: string[],
): string[] {
  const needed = formerKeyIds.filter((keyId) => !missingKeyIds.includes(keyId));
  return [
    `${moved} secrets were moved to the current key ${keys.currentKeyId}.`,
    ...missingKeyIds.map(
      (keyId) => `MISSING: secrets are sealed under the key ${keyId}, which MASTER_KEYS lacks.`,
    ),
    ...unopened.map(
      ({ organizationId, secretId, reason }) =>
        `NOT OPENED: secret ${secretId} of organization ${organizationId}: ${reason}.`,
    ),
    ...needed.map((keyId) => `Still needed: the former key ${keyId}. Run this again.`),
    ...removableKeyIds.map((keyId) => `Needed no more: the former key ${keyId}.`),
  ];
}

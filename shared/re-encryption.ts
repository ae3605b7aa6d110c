import type { Database } from "./database/database.ts";
import {
  listSealingKeyIds,
  listSecretsUnderKey,
  type Resealed,
  replaceSealedValues,
  type SealedSecret,
} from "./database/sealed-secrets.ts";
import type { MasterKeys } from "./encryption/master-keys.ts";
import { OpenSealedValueError, readSealingKeyId, resealValue } from "./encryption/sealed-value.ts";

/** Secrets that are read, resealed and written together: a few MB, were all as long as may be. */
export const RE_ENCRYPTION_BATCH_ROWS = 25;

/** A secret that does not open, though its master key is there; it keeps that key needed. */
export type UnopenedSecret = { organizationId: string; secretId: string; reason: string };

/** What a run did, and what it left. */
export type ReEncryption = {
  /** Secrets that are now under the current master key. */
  moved: number;
  /** Secrets that somebody else wrote or deleted meanwhile. */
  overtaken: number;
  unopened: UnopenedSecret[];
  /** Former master keys that secrets are still sealed under: none of these may be removed. */
  formerKeyIds: string[];
  /** Those of them that are not among the deployment's keys: their secrets cannot be opened. */
  missingKeyIds: string[];
};

/** How far a run goes, and who is told after each batch. */
export type ReEncryptionOptions = {
  maxBatches: number;
  onBatch?: (soFar: Pick<ReEncryption, "moved" | "overtaken" | "unopened">) => void;
};

/**
 * Moves secrets from former master keys to the current one, in batches. A secret keeps its version
 * and its times; a writer at the same time wins. It may be stopped anywhere and begun again, also
 * beside another run: what is moved is not met a second time.
 */
export async function reEncryptSecrets(
  database: Database,
  keys: MasterKeys,
  { maxBatches, onBatch }: ReEncryptionOptions,
): Promise<ReEncryption> {
  const soFar = { moved: 0, overtaken: 0, unopened: [] as UnopenedSecret[] };
  let batches = 0;
  for (const keyId of await listFormerKeyIds(database, keys)) {
    if (!keys.keyIds.includes(keyId)) continue;
    let afterId = "";
    while (batches < maxBatches) {
      const rows = await listSecretsUnderKey(database, keyId, afterId, RE_ENCRYPTION_BATCH_ROWS);
      const last = rows.at(-1);
      if (last === undefined) break;
      const { resealed, unopened } = await resealAll(keys, rows);
      const moved = await replaceSealedValues(database, resealed);
      soFar.moved += moved;
      soFar.overtaken += resealed.length - moved;
      soFar.unopened.push(...unopened);
      onBatch?.(soFar);
      batches += 1;
      // What does not open stays where it is: the next batch begins after it.
      afterId = last.id;
    }
  }
  const formerKeyIds = await listFormerKeyIds(database, keys);
  return { ...soFar, formerKeyIds, missingKeyIds: selectMissing(formerKeyIds, keys) };
}

/** Lists the master keys that secrets are sealed under and that the deployment does not have. */
export async function listMissingKeyIds(database: Database, keys: MasterKeys): Promise<string[]> {
  return selectMissing(await listSealingKeyIds(database), keys);
}

/** Lists the master keys that secrets are sealed under, but for the current one. */
export async function listFormerKeyIds(database: Database, keys: MasterKeys): Promise<string[]> {
  return (await listSealingKeyIds(database)).filter((keyId) => keyId !== keys.currentKeyId);
}

function selectMissing(keyIds: string[], keys: MasterKeys): string[] {
  return keyIds.filter((keyId) => !keys.keyIds.includes(keyId));
}

async function resealAll(keys: MasterKeys, secrets: readonly SealedSecret[]) {
  const resealed: Resealed[] = [];
  const unopened: UnopenedSecret[] = [];
  for (const secret of secrets) {
    const { organizationId, id: secretId, version } = secret;
    try {
      const owner = { organizationId, secretId, version };
      const sealedValue = await resealValue(keys, owner, secret.sealedValue);
      resealed.push({ secret, sealedValue, sealingKeyId: readSealingKeyId(sealedValue) });
    } catch (error) {
      if (!(error instanceof OpenSealedValueError)) throw error;
      unopened.push({ organizationId, secretId, reason: error.reason });
    }
  }
  return { resealed, unopened };
}

import { and, count, eq, gt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { secrets } from "./schema.ts";

// A master key seals the secrets of every organization, and who rotates it acts for none of them:
// so these queries, alone of all, are not scoped by organization. They show no more than ciphertext.

/** A secret's sealed value, with what it is bound to. */
export type SealedSecret = {
  id: string;
  organizationId: string;
  version: number;
  sealedValue: string;
};

/** A sealed value, and what is to stand in its place. */
export type Resealed = {
  secret: SealedSecret;
  sealedValue: string;
  sealingKeyId: string;
};

/**
 * Lists the ids of all master keys that secrets are sealed under. It takes one step through the
 * index for each key, however many secrets there are.
 */
export async function listSealingKeyIds(database: Database): Promise<string[]> {
  const { sealingKeyId } = secrets;
  const rows = await database.all<{ id: string }>(sql`
    with recursive key_ids(id) as (
      select min(${sealingKeyId}) from ${secrets}
      union all
      select (select min(${sealingKeyId}) from ${secrets} where ${sealingKeyId} > key_ids.id)
      from key_ids where key_ids.id is not null
    )
    select id from key_ids where id is not null`);
  return rows.map(({ id }) => id);
}

/** Counts the secrets that are sealed under a master key. */
export async function countSecretsUnderKey(database: Database, keyId: string): Promise<number> {
  const [counted] = await database
    .select({ secrets: count() })
    .from(secrets)
    .where(eq(secrets.sealingKeyId, keyId));
  return counted?.secrets ?? 0;
}

/** Lists secrets that are sealed under a master key, by id, from the one after `afterId` on. */
export async function listSecretsUnderKey(
  database: Database,
  keyId: string,
  afterId: string,
  limit: number,
): Promise<SealedSecret[]> {
  return database
    .select({
      id: secrets.id,
      organizationId: secrets.organizationId,
      version: secrets.version,
      sealedValue: secrets.sealedValue,
    })
    .from(secrets)
    .where(and(eq(secrets.sealingKeyId, keyId), gt(secrets.id, afterId)))
    .orderBy(secrets.id)
    .limit(limit);
}

/**
 * Puts resealed values in the place of what they were made of, all in one transaction, and nothing
 * else of the rows is changed. A row that was written or deleted since is left alone. Returns how
 * many were replaced.
 */
export async function replaceSealedValues(
  database: Database,
  resealed: readonly Resealed[],
): Promise<number> {
  const [first, ...others] = resealed.map(({ secret, sealedValue, sealingKeyId }) =>
    database
      .update(secrets)
      .set({ sealedValue, sealingKeyId })
      .where(
        and(
          eq(secrets.id, secret.id),
          eq(secrets.version, secret.version),
          eq(secrets.sealedValue, secret.sealedValue),
        ),
      ),
  );
  if (first === undefined) return 0;
  const results = await database.batch([first, ...others]);
  return results.reduce((replaced, { rowsAffected }) => replaced + rowsAffected, 0);
}

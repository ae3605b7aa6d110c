import { randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import Engine from "libsql";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { startTestServer } from "../local/database/testing/database.ts";
import { migrateDatabase } from "../migrations/migrate.ts";
import { type Database, openDatabase } from "./database/database.ts";
import { secrets } from "./database/schema.ts";
import {
  countSecretsUnderKey,
  listSealingKeyIds,
  listSecretsUnderKey,
  replaceSealedValues,
} from "./database/sealed-secrets.ts";
import { type MasterKeys, parseMasterKeys } from "./encryption/master-keys.ts";
import { openSealedValue, resealValue, sealValue } from "./encryption/sealed-value.ts";
import {
  listFormerKeyIds,
  listMissingKeyIds,
  RE_ENCRYPTION_BATCH_ROWS,
  reEncryptSecrets,
} from "./re-encryption.ts";
import { SecretValue } from "./secret-value.ts";

// Each test has a database server of its own, on a machine that others may use.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const WRITTEN_AT = 1_700_000_000_000;
const JWKS = ["new", "old", "older"].map((kid) => ({
  kty: "oct",
  kid,
  k: randomBytes(32).toString("base64url"),
}));

function createKeys(...kids: string[]): MasterKeys {
  const keys = kids.map((kid) => JWKS.find((jwk) => jwk.kid === kid));
  return parseMasterKeys(JSON.stringify({ keys }));
}

let database: Database;

beforeEach(async () => {
  const server = await startTestServer();
  await migrateDatabase(server.url);
  database = openDatabase({ url: server.url, timeoutMs: 10_000, fetch });
});

/** Adds secrets under the first of some keys: `value 0` of organization 0, and so on. */
async function addSecrets(keys: MasterKeys, count: number): Promise<string[]> {
  const rows = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const owner = {
        organizationId: `organization ${index % 3}`,
        secretId: crypto.randomUUID(),
        version: 1 + (index % 2),
      };
      return {
        id: owner.secretId,
        organizationId: owner.organizationId,
        version: owner.version,
        name: owner.secretId,
        placeholder: owner.secretId,
        hosts: [],
        sealedValue: await sealValue(keys, owner, new SecretValue(`value ${index}`)),
        sealingKeyId: keys.currentKeyId,
        createdAt: WRITTEN_AT,
        updatedAt: WRITTEN_AT,
      };
    }),
  );
  await database.insert(secrets).values(rows);
  return rows.map(({ id }) => id);
}

async function readRow(id: string) {
  const [row] = await database.select().from(secrets).where(eq(secrets.id, id));
  if (row === undefined) throw new Error("there is no such row");
  return row;
}

async function openRow(id: string, keys: MasterKeys): Promise<string> {
  const { organizationId, version, sealedValue } = await readRow(id);
  const owner = { organizationId, secretId: id, version };
  return (await openSealedValue(keys, owner, sealedValue)).reveal();
}

function reEncryptAll(keys: MasterKeys) {
  return reEncryptSecrets(database, keys, { maxBatches: Number.POSITIVE_INFINITY });
}

describe("re-encryption", () => {
  it("moves the secrets of all organizations from every former key, and changes nothing else", async () => {
    const older = await addSecrets(createKeys("older"), 2);
    const old = await addSecrets(createKeys("old"), RE_ENCRYPTION_BATCH_ROWS + 1);
    const before = await Promise.all([...older, ...old].map(readRow));
    expect(await reEncryptAll(createKeys("new", "old", "older"))).toEqual({
      moved: before.length,
      overtaken: 0,
      unopened: [],
      formerKeyIds: [],
      missingKeyIds: [],
    });
    for (const row of before) {
      const { sealedValue, ...rest } = await readRow(row.id);
      expect(rest).toEqual({ ...row, sealedValue: undefined, sealingKeyId: "new" });
      expect(sealedValue).not.toBe(row.sealedValue);
    }
    const values = await Promise.all(old.map((id) => openRow(id, createKeys("new"))));
    expect(values).toEqual(old.map((_, index) => `value ${index}`));
  });

  it("leaves alone what is under the current key already", async () => {
    const [id = ""] = await addSecrets(createKeys("new"), 1);
    const before = await readRow(id);
    expect(await reEncryptAll(createKeys("new", "old"))).toMatchObject({ moved: 0 });
    expect(await readRow(id)).toEqual(before);
  });

  it("tells how far it is, ends after as many batches as it may make, and goes on from there", async () => {
    const keys = createKeys("new", "old");
    await addSecrets(createKeys("old"), RE_ENCRYPTION_BATCH_ROWS * 2 + 3);
    const seen: number[] = [];
    const onBatch = ({ moved }: { moved: number }) => seen.push(moved);
    const first = await reEncryptSecrets(database, keys, { maxBatches: 2, onBatch });
    expect(seen).toEqual([RE_ENCRYPTION_BATCH_ROWS, RE_ENCRYPTION_BATCH_ROWS * 2]);
    expect(first).toMatchObject({ moved: RE_ENCRYPTION_BATCH_ROWS * 2, formerKeyIds: ["old"] });
    expect(await reEncryptAll(keys)).toMatchObject({ moved: 3, formerKeyIds: [] });
  });

  it("names a key that is missing, and moves all other secrets", async () => {
    const [lost = ""] = await addSecrets(createKeys("older"), 1);
    await addSecrets(createKeys("old"), 1);
    const before = await readRow(lost);
    expect(await reEncryptAll(createKeys("new", "old"))).toMatchObject({
      moved: 1,
      unopened: [],
      formerKeyIds: ["older"],
      missingKeyIds: ["older"],
    });
    expect(await readRow(lost)).toEqual(before);
  });

  it("names secrets that do not open, keeps them as they are, and is not held up by them", async () => {
    const [spoiled = "", ...others] = (
      await addSecrets(createKeys("old"), RE_ENCRYPTION_BATCH_ROWS + 1)
    ).sort();
    await database
      .update(secrets)
      .set({ sealedValue: (await readRow(others[0] ?? "")).sealedValue })
      .where(eq(secrets.id, spoiled));
    const before = await readRow(spoiled);
    expect(await reEncryptAll(createKeys("new", "old"))).toMatchObject({
      moved: RE_ENCRYPTION_BATCH_ROWS,
      unopened: [
        {
          organizationId: before.organizationId,
          secretId: spoiled,
          reason: "sealed for another row or version",
        },
      ],
      formerKeyIds: ["old"],
      missingKeyIds: [],
    });
    expect(await readRow(spoiled)).toEqual(before);
  });

  it("gives way to a writer that came between reading and writing", async () => {
    const keys = createKeys("new", "old");
    const [written = "", deleted = "", left = ""] = await addSecrets(createKeys("old"), 3);
    const read = await listSecretsUnderKey(database, "old", "", 10);
    const owner = { ...(await readRow(written)), secretId: written, version: 3 };
    const sealedValue = await sealValue(keys, owner, new SecretValue("written since"));
    await database
      .update(secrets)
      .set({ sealedValue, version: 3, sealingKeyId: "new" })
      .where(eq(secrets.id, written));
    await database.delete(secrets).where(eq(secrets.id, deleted));
    const resealed = await Promise.all(
      read.map(async (secret) => ({
        secret,
        sealedValue: await resealValue(
          keys,
          { ...secret, secretId: secret.id },
          secret.sealedValue,
        ),
        sealingKeyId: "new",
      })),
    );
    expect(await replaceSealedValues(database, resealed)).toBe(1);
    expect(await openRow(written, keys)).toBe("written since");
    expect(await openRow(left, keys)).toBe("value 2");
    expect(await database.$count(secrets)).toBe(2);
  });

  it("moves each secret once, however many run at the same time", async () => {
    const ids = await addSecrets(createKeys("old"), RE_ENCRYPTION_BATCH_ROWS * 3);
    const runs = await Promise.all([1, 2, 3].map(() => reEncryptAll(createKeys("new", "old"))));
    expect(runs.reduce((moved, run) => moved + run.moved, 0)).toBe(ids.length);
    for (const id of ids) expect(await openRow(id, createKeys("new"))).toMatch(/^value/);
  });
});

describe("the master keys in use", () => {
  it("are listed once each, the missing and the former among them", async () => {
    expect(await listSealingKeyIds(database)).toEqual([]);
    for (const kid of ["old", "new", "older"]) await addSecrets(createKeys(kid), 2);
    expect(await listSealingKeyIds(database)).toEqual(["new", "old", "older"]);
    expect(await listFormerKeyIds(database, createKeys("new"))).toEqual(["old", "older"]);
    expect(await listMissingKeyIds(database, createKeys("new", "old"))).toEqual(["older"]);
    expect(await countSecretsUnderKey(database, "old")).toBe(2);
    expect(await countSecretsUnderKey(database, "none")).toBe(0);
  });

  it("are found through the index alone, as are a key's secrets", async () => {
    const statements: string[] = [];
    const server = await startTestServer();
    await migrateDatabase(server.url);
    const watched = openDatabase({
      url: server.url,
      timeoutMs: 10_000,
      fetch: async (request, init) => {
        const body = (await request.clone().json()) as { requests: { stmt?: { sql: string } }[] };
        for (const { stmt } of body.requests) if (stmt) statements.push(stmt.sql);
        return fetch(request, init);
      },
    });
    await listSealingKeyIds(watched);
    await listSecretsUnderKey(watched, "old", "", 10);
    await countSecretsUnderKey(watched, "old");
    expect(statements.length).toBe(3);
    const engine = new Engine(server.file);
    const plans = statements.map((statement) =>
      engine.prepare(`EXPLAIN QUERY PLAN ${statement}`).all([]),
    ) as { detail: string }[][];
    engine.close();
    for (const plan of plans) {
      const reads = plan.filter(({ detail }) => / secrets\b/.test(detail));
      expect(reads.length).toBeGreaterThan(0);
      for (const { detail } of reads) {
        expect(detail).toMatch(/^SEARCH secrets USING (COVERING )?INDEX secrets_by_sealing_key/);
      }
    }
  });
});

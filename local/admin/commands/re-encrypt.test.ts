import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { secrets } from "../../../shared/database/schema.ts";
import { parseMasterKeys } from "../../../shared/encryption/master-keys.ts";
import { openSealedValue, sealValue } from "../../../shared/encryption/sealed-value.ts";
import { SecretValue } from "../../../shared/secret-value.ts";
import { createMasterKey, toKeySet } from "../../keys.ts";
import { createScript, NOW } from "../testing/script.ts";

let script: Awaited<ReturnType<typeof createScript>>;

beforeEach(async () => {
  script = await createScript();
});

describe("re-encrypt", () => {
  const [newKey, oldKey, lostKey] = ["new", "old", "lost"].map((kid) => ({
    ...createMasterKey(),
    kid,
  }));

  async function addSecret(key: object | undefined, value: string): Promise<string> {
    const owner = { organizationId: "o", secretId: crypto.randomUUID(), version: 1 };
    const keys = parseMasterKeys(toKeySet([key ?? {}]));
    await script.database.insert(secrets).values({
      id: owner.secretId,
      organizationId: owner.organizationId,
      name: owner.secretId,
      placeholder: owner.secretId,
      hosts: [],
      sealedValue: await sealValue(keys, owner, new SecretValue(value)),
      sealingKeyId: keys.currentKeyId,
      version: 1,
      createdAt: NOW,
      updatedAt: NOW,
    });
    return owner.secretId;
  }

  const MASTER_KEYS = toKeySet([newKey ?? {}, oldKey ?? {}]);

  test("moves all secrets, tells how far it is, and which keys are needed no more", async () => {
    await addSecret(oldKey, "one");
    await addSecret(oldKey, "two");
    await addSecret(newKey, "three");
    expect(await script.run(["re-encrypt"], { MASTER_KEYS })).toEqual({
      exitCode: 0,
      out: "2 secrets were moved to the current key new.\nNeeded no more: the former key old.\n",
      errors: "2 of 2 secrets moved\n",
    });
    const onlyNew = parseMasterKeys(toKeySet([newKey ?? {}]));
    const rows = await script.database.select().from(secrets);
    const values = rows.map(({ id, organizationId, version, sealedValue }) =>
      openSealedValue(onlyNew, { organizationId, secretId: id, version }, sealedValue),
    );
    const opened = (await Promise.all(values)).map((value) => value.reveal());
    expect(opened.sort()).toEqual(["one", "three", "two"]);
    expect(await script.runForData(["re-encrypt"], { MASTER_KEYS })).toMatchObject({
      moved: 0,
      removableKeyIds: ["old"],
    });
  });

  test("names a key that is missing and secrets that do not open, and fails", async () => {
    await addSecret(lostKey, "lost");
    const spoiled = await addSecret(oldKey, "spoiled");
    await script.database
      .update(secrets)
      .set({ sealedValue: "e30...." })
      .where(eq(secrets.id, spoiled));
    const { exitCode, out } = await script.run(["re-encrypt"], { MASTER_KEYS });
    expect(exitCode).toBe(1);
    expect(out.split("\n")).toEqual([
      "0 secrets were moved to the current key new.",
      "MISSING: secrets are sealed under the key lost, which MASTER_KEYS lacks.",
      `NOT OPENED: secret ${spoiled} of organization o: not a sealed value.`,
      "Still needed: the former key old. Run this again.",
      "",
    ]);
    const json = await script.run(["re-encrypt", "--json"], { MASTER_KEYS });
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      currentKeyId: "new",
      missingKeyIds: ["lost"],
      formerKeyIds: ["lost", "old"],
      removableKeyIds: [],
    });
  });
});

import { eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { secrets } from "../../../../shared/database/schema.ts";
import { parseMasterKeys } from "../../../../shared/encryption/master-keys.ts";
import {
  OpenSealedValueError,
  openSealedValue,
} from "../../../../shared/encryption/sealed-value.ts";
import {
  createTestOrganization,
  openTestDatabase,
  TEST_BINDINGS,
  type TestOrganization,
} from "../../testing/fixture.ts";

const keys = parseMasterKeys(String(TEST_BINDINGS["MASTER_KEYS"]));

async function readRow(id: string) {
  const [row] = await openTestDatabase().select().from(secrets).where(eq(secrets.id, id));
  if (row === undefined) throw new Error("there is no such row");
  return row;
}

async function openRow(id: string): Promise<string> {
  const row = await readRow(id);
  const owner = { organizationId: row.organizationId, secretId: row.id, version: row.version };
  return (await openSealedValue(keys, owner, row.sealedValue)).reveal();
}

async function addSecret(owner: TestOrganization, name: string, value: string): Promise<string> {
  return (await owner.call("POST /secret", { name, value })).body.id;
}

describe("a sealed value", () => {
  it("opens for its row, also after an update that leaves the value alone", async () => {
    const owner = await createTestOrganization();
    const id = await addSecret(owner, "KEY", "first ✓");
    expect(await openRow(id)).toBe("first ✓");
    await owner.call(`PATCH /secret/${id}`, { description: "d" });
    expect(await readRow(id)).toMatchObject({ version: 2, sealingKeyId: keys.currentKeyId });
    expect(await openRow(id)).toBe("first ✓");
    await owner.call(`PATCH /secret/${id}`, { value: "second" });
    expect(await openRow(id)).toBe("second");
  });

  it("does not open in another row, nor when an older one is put back", async () => {
    const owner = await createTestOrganization();
    const [one, two] = [await addSecret(owner, "ONE", "1"), await addSecret(owner, "TWO", "2")];
    const { sealedValue } = await readRow(one);
    const database = openTestDatabase();
    await database.update(secrets).set({ sealedValue }).where(eq(secrets.id, two));
    await expect(openRow(two)).rejects.toThrow(OpenSealedValueError);
    await owner.call(`PATCH /secret/${one}`, { value: "next" });
    await database.update(secrets).set({ sealedValue }).where(eq(secrets.id, one));
    await expect(openRow(one)).rejects.toThrow(OpenSealedValueError);
  });

  it("that does not open fails an update without saying why, and changes nothing", async () => {
    const owner = await createTestOrganization();
    const id = await addSecret(owner, "KEY", "value");
    const database = openTestDatabase();
    await database.update(secrets).set({ sealedValue: "broken" }).where(eq(secrets.id, id));
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    expect(await owner.call(`PATCH /secret/${id}`, { description: "d" })).toMatchObject({
      status: 500,
      body: { message: "Internal server error" },
    });
    log.mockRestore();
    expect(await readRow(id)).toMatchObject({ version: 1, description: null });
    expect((await owner.call(`PATCH /secret/${id}`, { value: "mended" })).status).toBe(200);
    expect(await openRow(id)).toBe("mended");
  });
});

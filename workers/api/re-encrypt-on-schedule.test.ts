import { createScheduledController } from "cloudflare:test";
import { randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../shared/database/database.ts";
import { secrets } from "../../shared/database/schema.ts";
import { parseMasterKeys } from "../../shared/encryption/master-keys.ts";
import { openSealedValue } from "../../shared/encryption/sealed-value.ts";
import { readBindings } from "./bindings.ts";
import worker from "./index.ts";
import { reEncryptOnSchedule } from "./re-encrypt-on-schedule.ts";
import {
  authorize,
  type Call,
  createTestApp,
  createTestOrganization,
  openTestDatabase,
  TEST_BINDINGS,
} from "./testing/fixture.ts";

// Rotation concerns all organizations, so these tests have a database to themselves.
const DATABASE_URL = String(TEST_BINDINGS["TEST_SPARE_DATABASE_URL"]);
const SECRETS = 40;

const JWKS = ["old", "new"].map((kid) => ({
  kty: "oct",
  kid,
  k: randomBytes(32).toString("base64url"),
}));
const [OLD, NEW] = JWKS;

const openSpareDatabase = () => openTestDatabase(DATABASE_URL);

/** A deployment with some master keys: its cron trigger, and its API as one organization calls it. */
function deploy(apiKey: string, ...keys: (typeof OLD)[]) {
  const MASTER_KEYS = JSON.stringify({ keys });
  const masterKeys = parseMasterKeys(MASTER_KEYS);
  const call = createTestApp({ openDatabase: openSpareDatabase, settings: { masterKeys } });
  return {
    masterKeys,
    call: authorize(call, apiKey) satisfies Call,
    runSchedule: () =>
      worker.scheduled(createScheduledController(), {
        ...TEST_BINDINGS,
        DATABASE_URL,
        MASTER_KEYS,
      }),
  };
}

type Deployment = ReturnType<typeof deploy>;

async function createOwner() {
  return createTestOrganization({}, openSpareDatabase());
}

function addSecrets({ call }: Deployment, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const answer = await call("POST /secret", { name: `KEY_${index}`, value: `value ${index}` });
      expect(answer.status).toBe(201);
      return answer.body.id;
    }),
  );
}

async function readRow(id: string) {
  const [row] = await openSpareDatabase().select().from(secrets).where(eq(secrets.id, id));
  if (row === undefined) throw new Error("there is no such row");
  return row;
}

async function openRow(id: string, { masterKeys }: Deployment): Promise<string> {
  const { organizationId, version, sealedValue } = await readRow(id);
  const owner = { organizationId, secretId: id, version };
  return (await openSealedValue(masterKeys, owner, sealedValue)).reveal();
}

beforeEach(async () => {
  await openSpareDatabase().delete(secrets);
});

describe("a rotation of the master key", () => {
  it("leaves old secrets usable, seals new ones under the new key and moves the old on schedule", async () => {
    const { apiKey } = await createOwner();
    const [old = ""] = await addSecrets(deploy(apiKey, OLD), 1);
    const before = await readRow(old);
    const both = deploy(apiKey, NEW, OLD);
    const added = await both.call("POST /secret", { name: "ADDED", value: "added" });
    expect(await readRow(added.body.id)).toMatchObject({ sealingKeyId: "new" });
    expect((await both.call("GET /health/ready")).status).toBe(200);
    const log = vi.spyOn(console, "log").mockReturnValue(undefined);
    await both.runSchedule();
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      expect.objectContaining({ currentKeyId: "new", moved: 1, formerKeyIds: [], unopened: 0 }),
    ]);
    await both.runSchedule();
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
    const { sealedValue, ...after } = await readRow(old);
    expect(after).toEqual({ ...before, sealedValue: undefined, sealingKeyId: "new" });
    const onlyNew = deploy(apiKey, NEW);
    expect(await openRow(old, onlyNew)).toBe("value 0");
    expect((await onlyNew.call("GET /health/ready")).status).toBe(200);
    expect((await onlyNew.call(`PATCH /secret/${old}`, { hosts: ["a.example"] })).status).toBe(200);
  });

  it("loses no update that is made meanwhile, by either keys", async () => {
    const owner = await createOwner();
    const before = deploy(owner.apiKey, OLD);
    const both = deploy(owner.apiKey, NEW, OLD);
    const ids = await addSecrets(before, SECRETS);
    const log = vi.spyOn(console, "log").mockReturnValue(undefined);
    const updates = ids.map(async (id, index) => {
      // Isolates that were started before the rotation still seal under the old key.
      const { call } = index % 4 === 0 ? before : both;
      const change = index % 2 === 0 ? { value: `changed ${index}` } : { description: "changed" };
      expect((await call(`PATCH /secret/${id}`, change)).status).toBe(200);
    });
    await Promise.all([...updates, both.runSchedule(), both.runSchedule()]);
    await both.runSchedule();
    log.mockRestore();
    const onlyNew = deploy(owner.apiKey, NEW);
    for (const [index, id] of ids.entries()) {
      expect(await readRow(id)).toMatchObject({ version: 2, sealingKeyId: "new" });
      const expected = index % 2 === 0 ? `changed ${index}` : `value ${index}`;
      expect(await openRow(id, onlyNew)).toBe(expected);
    }
  });
});

describe("a master key that is missing for some secrets", () => {
  it("fails what needs it as a 503 with the key's id in the log, and nothing else", async () => {
    const { apiKey } = await createOwner();
    const [lost = ""] = await addSecrets(deploy(apiKey, OLD), 1);
    const { call } = deploy(apiKey, NEW);
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const refused = await call(`PATCH /secret/${lost}`, { description: "d" });
    expect(refused).toMatchObject({ status: 503, body: { code: "SERVICE_UNAVAILABLE" } });
    expect(refused.headers.get("Retry-After")).toBe("30");
    expect(refused.text).not.toContain("old");
    expect(log.mock.calls.map(String)).toEqual([
      expect.stringContaining("its master key is missing (master key old)"),
    ]);
    log.mockRestore();
    expect(await readRow(lost)).toMatchObject({ version: 1, description: null });
    expect((await call(`GET /secret/${lost}`)).status).toBe(200);
    const other = await call("POST /secret", { name: "OTHER", value: "v" });
    expect((await call(`PATCH /secret/${other.body.id}`, { description: "d" })).status).toBe(200);
    expect((await call(`PATCH /secret/${lost}`, { value: "given anew" })).status).toBe(200);
    expect((await call("GET /health/ready")).status).toBe(200);
  });

  it("is named by the readiness check and in the log of the schedule, which moves all others", async () => {
    const { apiKey } = await createOwner();
    const [lost = ""] = await addSecrets(deploy(apiKey, OLD), 1);
    const { call, runSchedule } = deploy(apiKey, NEW);
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    expect(await call("GET /health/ready")).toMatchObject({
      status: 503,
      body: { message: "Secrets are sealed under master keys that are not in MASTER_KEYS: old" },
    });
    log.mockClear();
    await runSchedule();
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      expect.objectContaining({ moved: 0, formerKeyIds: ["old"], missingKeyIds: ["old"] }),
    ]);
    log.mockRestore();
    expect(await readRow(lost)).toMatchObject({ sealingKeyId: "old" });
  });
});

describe("the schedule", () => {
  it("fails without a database, and the log says why", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const { settings } = readBindings(TEST_BINDINGS);
    const fetch = () => Promise.reject(new TypeError("connection refused"));
    const openBroken = () => openDatabase({ url: DATABASE_URL, timeoutMs: 1000, fetch });
    const run = reEncryptOnSchedule({ settings, openDatabase: openBroken });
    await expect(run).rejects.toThrow("The task failed: re-encrypt secrets");
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        task: "re-encrypt secrets",
        message: "The database cannot be reached",
      }),
    ]);
    log.mockRestore();
  });

  it("names secrets that do not open, without their values", async () => {
    const { apiKey } = await createOwner();
    const [spoiled = "", other = ""] = await addSecrets(deploy(apiKey, OLD), 2);
    const { sealedValue } = await readRow(other);
    await openSpareDatabase().update(secrets).set({ sealedValue }).where(eq(secrets.id, spoiled));
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    await deploy(apiKey, NEW, OLD).runSchedule();
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        moved: 1,
        unopened: 1,
        unopenedSecrets: [`${spoiled}: sealed for another row or version`],
        formerKeyIds: ["old"],
      }),
    ]);
    log.mockRestore();
  });
});

import { eq, sql } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { apiKeys } from "../../../shared/database/schema.ts";
import {
  authorize,
  createTestApp,
  createTestOrganization,
  openTestDatabase,
  type TestOrganization,
} from "../testing/fixture.ts";
import { LAST_USED_INTERVAL_MS } from "./record-use.ts";

describe("the last use of an API key", () => {
  async function readLastUse(owner: TestOrganization) {
    const [key] = await openTestDatabase()
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.organizationId, owner.id));
    return key?.lastUsedAt ?? null;
  }

  it("is written down, but not more than once a minute", async () => {
    const owner = await createTestOrganization();
    const call = authorize(createTestApp({}), owner.apiKey);
    const startedAt = Date.now();
    expect((await call("GET /api-keys/current")).body.lastUsedAt).toBeNull();
    const first = await readLastUse(owner);
    expect(first).toBeGreaterThanOrEqual(startedAt);
    await call("GET /secret");
    expect(await readLastUse(owner)).toBe(first);
    const old = Date.now() - LAST_USED_INTERVAL_MS;
    await openTestDatabase()
      .update(apiKeys)
      .set({ lastUsedAt: old })
      .where(eq(apiKeys.organizationId, owner.id));
    await call("GET /secret");
    expect(await readLastUse(owner)).toBeGreaterThanOrEqual(startedAt);
  });

  it("is written by one of many requests at once", async () => {
    const owner = await createTestOrganization();
    const name = sql.identifier(`count_${owner.id}`);
    const database = openTestDatabase();
    await database.run(sql`create table ${name} (used_at integer)`);
    await database.run(sql`create trigger ${sql.identifier(`note_${owner.id}`)}
      after update of last_used_at on api_keys
      when new.organization_id = ${sql.raw(`'${owner.id}'`)}
      begin insert into ${name} values (new.last_used_at); end`);
    const call = authorize(createTestApp({}), owner.apiKey);
    const answers = await Promise.all(Array.from({ length: 10 }, () => call("GET /secret")));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await database.all(sql`select used_at from ${name}`)).toHaveLength(1);
  });

  it("does not fail the request when it cannot be written", async () => {
    const owner = await createTestOrganization();
    await openTestDatabase().run(sql`create trigger ${sql.identifier(`break_${owner.id}`)}
      before update of last_used_at on api_keys
      when new.organization_id = ${sql.raw(`'${owner.id}'`)}
      begin select raise(abort, 'no'); end`);
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const call = authorize(createTestApp({}), owner.apiKey);
    expect((await call("GET /secret")).status).toBe(200);
    expect(await readLastUse(owner)).toBeNull();
    expect(String(log.mock.calls)).toContain("The use of a credential could not be written down");
    log.mockRestore();
  });
});

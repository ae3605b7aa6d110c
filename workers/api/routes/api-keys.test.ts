import { eq, sql } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apiKeys } from "../../../shared/database/schema.ts";
import { MAX_API_KEYS_PER_USER, MAX_NAME_LENGTH } from "../../../shared/limits.ts";
import { isStorableText } from "../../../shared/text.ts";
import { createKey } from "../testing/api-key.ts";
import {
  authorize,
  callApi,
  createTestApp,
  createTestOrganization,
  openTestDatabase,
  readAuditLog,
} from "../testing/fixture.ts";

describe("an API key", () => {
  it("is shown whole when it is made, and masked ever after", async () => {
    const owner = await createTestOrganization();
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const created = await owner.call("POST /api-keys", {
      name: "ci",
      permissions: ["manage:secrets", "manage:secrets"],
      expiresAt,
    });
    expect(created).toMatchObject({ status: 201 });
    expect(created.body).toEqual({
      name: "ci",
      value: expect.stringMatching(/^dtn_[0-9a-f]{64}$/),
      createdAt: expect.stringMatching(/Z$/),
      permissions: ["manage:secrets"],
      expiresAt,
    });
    const masked = {
      name: "ci",
      value: `${created.body.value.slice(0, 8)}${"*".repeat(20)}${created.body.value.slice(-3)}`,
      createdAt: created.body.createdAt,
      permissions: ["manage:secrets"],
      lastUsedAt: null,
      expiresAt,
      userId: owner.userId,
    };
    expect((await owner.call("GET /api-keys/ci")).body).toEqual(masked);
    const list = await owner.call("GET /api-keys");
    expect(list.body.map(({ name }: { name: string }) => name)).toEqual(["ci", "test"]);
    expect(list.body[0]).toEqual(masked);
    const used = authorize(callApi, created.body.value);
    expect((await used("GET /api-keys/current")).body).toMatchObject({ name: "ci" });
    expect((await used("GET /secret")).status).toBe(200);
    const stored = await openTestDatabase().select().from(apiKeys);
    expect(JSON.stringify(stored)).not.toContain(created.body.value);
  });

  it("ends with its deletion, at once; who deletes it again does no harm", async () => {
    const { call } = await createTestOrganization();
    const key = await createKey(call, "short", ["manage:secrets"]);
    expect((await key.call("GET /secret")).status).toBe(200);
    expect((await call("DELETE /api-keys/short")).status).toBe(204);
    expect((await key.call("GET /secret")).status).toBe(401);
    expect(await call("DELETE /api-keys/short")).toMatchObject({
      status: 404,
      body: { message: "The API key does not exist" },
    });
    expect((await createKey(call, "short", [])).value).not.toBe(key.value);
  });

  it("is not made twice under one name: a repeated request changes nothing", async () => {
    const { call } = await createTestOrganization();
    const key = await createKey(call, "once", ["manage:secrets"]);
    expect(await call("POST /api-keys", { name: "once", permissions: [] })).toMatchObject({
      status: 409,
      body: { message: "An API key named once exists already" },
    });
    expect((await key.call("GET /secret")).status).toBe(200);
  });

  it("ends at its time, which must be to come", async () => {
    const owner = await createTestOrganization();
    const past = await owner.call("POST /api-keys", {
      name: "past",
      permissions: [],
      expiresAt: "2020-01-01T00:00:00Z",
    });
    expect(past).toMatchObject({
      status: 400,
      body: { message: "expiresAt: must be in the future" },
    });
    const key = await createKey(owner.call, "soon", ["manage:secrets"]);
    await openTestDatabase().update(apiKeys).set({ expiresAt: 1 }).where(eq(apiKeys.name, "soon"));
    expect(await key.call("GET /secret")).toMatchObject({
      status: 401,
      body: { message: "The API key has expired" },
    });
  });

  it.each([
    ["without an offset as UTC", "2100-01-01T12:00:00", "2100-01-01T12:00:00.000Z"],
    ["with an offset", "2100-01-01T12:00:00.5+02:00", "2100-01-01T10:00:00.500Z"],
  ])("takes a time %s", async (_, given, shown) => {
    const { call } = await createTestOrganization();
    const fields = { name: "timed", permissions: [], expiresAt: given };
    expect((await call("POST /api-keys", fields)).body.expiresAt).toBe(shown);
  });

  it.each<[string, object, string]>([
    ["no name", { permissions: [] }, "name: is required"],
    ["an empty name", { name: "", permissions: [] }, "name: must not be empty"],
    ["the name of another route", { name: "current", permissions: [] }, "name: is not free"],
    ["a name that URLs lose", { name: "..", permissions: [] }, "name: is not free"],
    ["a name too long", { name: "a".repeat(257), permissions: [] }, "name: is longer than 256"],
    ["no permissions", { name: "a" }, "permissions: is required"],
    ["a permission that is none", { name: "a", permissions: ["all"] }, "permissions[0]: is not a"],
    [
      "a time that is none",
      { name: "a", permissions: [], expiresAt: "soon" },
      "expiresAt: must be",
    ],
    [
      "a day that is none",
      { name: "a", permissions: [], expiresAt: "2100-02-30T00:00:00Z" },
      "expi",
    ],
  ])("is refused with %s", async (_, fields, message) => {
    const { call } = await createTestOrganization();
    const refused = await call("POST /api-keys", fields);
    expect(refused).toMatchObject({ status: 400, body: { code: "INVALID_REQUEST" } });
    expect(refused.body.message).toContain(message);
    expect((await call("GET /api-keys")).body).toHaveLength(1);
  });

  it("is found and deleted by whatever name it was given", async () => {
    const { call } = await createTestOrganization();
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
      .filter((text) => isStorableText(text) && text.length <= MAX_NAME_LENGTH)
      .filter((text) => !["current", ".", ".."].includes(text));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(name, fc.constantFrom("a/b", "a%2Fb", "100%", "/", "a?b#c", " ")),
        async (text) => {
          await createKey(call, text, []);
          const path = `/api-keys/${encodeURIComponent(text)}`;
          expect((await call(`GET ${path}`)).body).toMatchObject({ name: text });
          expect((await call(`DELETE ${path}`)).status).toBe(204);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("is one of so many at most", async () => {
    const owner = await createTestOrganization();
    await openTestDatabase().run(sql`
      with recursive counter(n) as (
        select 2 union all select n + 1 from counter where n < ${MAX_API_KEYS_PER_USER}
      )
      insert into api_keys (organization_id, user_id, name, hash, prefix, suffix, permissions, created_at)
      select ${owner.id}, ${owner.userId}, n, ${owner.id} || n, '', '', '[]', 0 from counter`);
    expect(await owner.call("POST /api-keys", { name: "more", permissions: [] })).toMatchObject({
      status: 400,
      body: { code: "LIMIT_EXCEEDED", message: "A user keeps 1000 API keys at most" },
    });
  });
});

describe("the audit log of API keys", () => {
  it("holds each that is made, refused and deleted, and no value", async () => {
    const owner = await createTestOrganization();
    const call = authorize(createTestApp({}), owner.apiKey);
    const { value } = await createKey(call, "ci", ["manage:secrets"]);
    await call("POST /api-keys", { name: "ci", permissions: [] });
    await call("DELETE /api-keys/ci");
    await call("DELETE /api-keys/ci");
    const entries = await readAuditLog(owner.id, "api_key");
    expect(
      entries.map(({ action, statusCode, targetId }) => [action, statusCode, targetId]),
    ).toEqual([
      ["create", 201, "ci"],
      ["create", 409, null],
      ["delete", 204, "ci"],
      ["delete", 404, "ci"],
    ]);
    expect(entries[0]?.metadata).toEqual({
      name: "ci",
      userId: owner.userId,
      value: "********",
      permissions: ["manage:secrets"],
      expiresAt: null,
    });
    expect(JSON.stringify(entries)).not.toContain(value);
  });
});

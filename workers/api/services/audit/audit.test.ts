import { sql } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import {
  createTestOrganization,
  openTestDatabase,
  readAuditLog,
  type TestOrganization,
} from "../../testing/fixture.ts";
import { createTestIssuer, signIn } from "../../testing/issuer.ts";

const VALUE = "the-value-that-no-log-may-hold";

/** Reads an audit log until it has so many entries: refusals are written after the answer. */
function waitForEntries(owner: TestOrganization, targetType: string, count: number) {
  return vi.waitFor(
    async () => {
      const entries = await readAuditLog(owner.id, targetType);
      expect(entries).toHaveLength(count);
      return entries;
    },
    { timeout: 20_000 },
  );
}

/** Makes every further audit entry of an organization fail. */
async function breakAuditLog(organizationId: string): Promise<void> {
  const name = sql.identifier(`break_${organizationId}`);
  await openTestDatabase().run(sql`create trigger ${name} before insert on audit_logs
    when new.organization_id = ${sql.raw(`'${organizationId}'`)}
    begin select raise(abort, 'the audit log is full'); end`);
}

describe("the audit log", () => {
  it("holds each change of a secret, with who, from where and what, but never the value", async () => {
    const owner = await createTestOrganization();
    const headers = {
      "CF-Connecting-IP": "203.0.113.7",
      "User-Agent": "test/1",
      "X-Daytona-Source": "sdk-go",
    };
    const { body } = await owner.call(
      "POST /secret",
      { name: "KEY", value: VALUE, hosts: ["a.example"] },
      headers,
    );
    await owner.call(`PATCH /secret/${body.id}`, { value: `${VALUE}2`, description: "d" });
    await owner.call(`PATCH /secret/${body.id}`, { hosts: [] });
    await owner.call(`DELETE /secret/${body.id}`);
    const entries = await readAuditLog(owner.id, "secret");
    expect(entries.map(({ action, statusCode }) => [action, statusCode])).toEqual([
      ["create", 201],
      ["update", 200],
      ["update", 200],
      ["delete", 204],
    ]);
    expect(entries[0]).toEqual({
      id: expect.any(String),
      organizationId: owner.id,
      actorId: owner.userId,
      actorEmail: "owner@example.com",
      actorApiKeyPrefix: owner.apiKey.slice(0, 8),
      actorApiKeySuffix: owner.apiKey.slice(-3),
      action: "create",
      targetType: "secret",
      targetId: body.id,
      statusCode: 201,
      errorMessage: null,
      ipAddress: "203.0.113.7",
      userAgent: "test/1",
      source: "sdk-go",
      metadata: {
        name: "KEY",
        value: "********",
        description: null,
        hosts: ["a.example"],
        locations: null,
      },
      createdAt: expect.any(Number),
    });
    expect(entries[1]?.metadata).toEqual({
      name: "KEY",
      value: "********",
      description: "d",
      version: 2,
    });
    expect(entries[2]?.metadata).toEqual({ name: "KEY", hosts: [], version: 3 });
    expect(JSON.stringify(entries)).not.toContain(VALUE);
  });

  it("holds each change of a sandbox, without the values of its variables", async () => {
    const owner = await createTestOrganization();
    await owner.call("POST /secret", { name: "KEY", value: VALUE });
    const { body } = await owner.call("POST /sandbox", {
      name: "box",
      env: { A: VALUE },
      secrets: [{ K: "KEY" }],
    });
    await owner.call(`PUT /sandbox/${body.id}/secrets`, { secrets: [] });
    await owner.call(`DELETE /sandbox/${body.id}`);
    const entries = await readAuditLog(owner.id, "sandbox");
    expect(entries.map(({ action, targetId, metadata }) => [action, targetId, metadata])).toEqual([
      ["create", body.id, { name: "box", secrets: { K: "KEY" } }],
      ["update_secrets", body.id, { secrets: {} }],
      ["delete", body.id, { name: "box" }],
    ]);
    expect(JSON.stringify(entries)).not.toContain(VALUE);
  });

  it("holds no reading and no update of nothing", async () => {
    const owner = await createTestOrganization();
    const { body } = await owner.call("POST /secret", { name: "KEY", value: VALUE });
    await owner.call(`PATCH /secret/${body.id}`, {});
    await owner.call(`GET /secret/${body.id}`);
    await owner.call("GET /secret");
    expect(await readAuditLog(owner.id, "secret")).toHaveLength(1);
  });

  it("holds one entry for each of many changes at once", async () => {
    const owner = await createTestOrganization();
    const { body } = await owner.call("POST /secret", { name: "KEY", value: VALUE });
    await Promise.all(
      ["a", "b", "c", "d"].map((description) =>
        owner.call(`PATCH /secret/${body.id}`, { description }),
      ),
    );
    const entries = await readAuditLog(owner.id, "secret");
    const versions = entries.flatMap(({ metadata }) => metadata?.["version"] ?? []);
    expect(versions.toSorted()).toEqual([2, 3, 4, 5]);
  });

  it("holds refused attempts with their status, and nothing of what was given", async () => {
    const owner = await createTestOrganization();
    await owner.call("POST /secret", { name: "KEY", value: VALUE });
    await owner.call("POST /secret", { name: "KEY", value: VALUE });
    await owner.call("POST /secret", { name: VALUE.replaceAll("-", " "), value: VALUE });
    await owner.call("PATCH /secret/none", { value: VALUE });
    await owner.call("DELETE /secret/no%00ne");
    const entries = await waitForEntries(owner, "secret", 5);
    const refused = entries.filter(({ statusCode }) => statusCode >= 400);
    expect(
      refused
        .map(({ action, statusCode, targetId }) => `${action} ${statusCode} ${targetId}`)
        .toSorted(),
    ).toEqual(["create 400 null", "create 409 null", "delete 400 no\ufffdne", "update 404 none"]);
    expect(refused.every(({ errorMessage }) => errorMessage !== null)).toBe(true);
    expect(JSON.stringify(entries)).not.toContain(VALUE);
    expect(JSON.stringify(entries)).not.toContain(VALUE.replaceAll("-", " "));
  });

  it("holds attempts without the permission or in another organization", async () => {
    const owner = await createTestOrganization({ permissions: [] });
    await owner.call("POST /secret", { name: "KEY", value: VALUE });
    await owner.call("POST /sandbox", {}, { "X-Daytona-Organization-ID": crypto.randomUUID() });
    const [attempt] = await waitForEntries(owner, "secret", 1);
    expect(attempt).toMatchObject({
      action: "create",
      statusCode: 403,
      errorMessage: "The permission manage:secrets is required",
    });
    const [other] = await waitForEntries(owner, "sandbox", 1);
    expect(other).toMatchObject({ action: "create", statusCode: 403 });
  });

  it("undoes the change where its entry cannot be written", async () => {
    const owner = await createTestOrganization();
    const secret = await owner.call("POST /secret", { name: "KEY", value: VALUE });
    const sandbox = await owner.call("POST /sandbox", { secrets: [{ K: "KEY" }] });
    await breakAuditLog(owner.id);
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const changes: [string, unknown?][] = [
      ["POST /secret", { name: "OTHER", value: VALUE }],
      [`PATCH /secret/${secret.body.id}`, { hosts: ["*"] }],
      [`DELETE /secret/${secret.body.id}`],
      ["POST /sandbox", { name: "other" }],
      [`PUT /sandbox/${sandbox.body.id}/secrets`, { secrets: [] }],
      [`DELETE /sandbox/${sandbox.body.id}`],
    ];
    for (const [route, body] of changes) {
      expect({ route, status: (await owner.call(route, body)).status }).toEqual({
        route,
        status: 500,
      });
    }
    log.mockRestore();
    expect((await owner.call("GET /secret")).body).toEqual([secret.body]);
    const { egress: _, ...kept } = sandbox.body;
    expect((await owner.call("GET /sandbox")).body.items).toEqual([kept]);
  });

  it("undoes changes of keys, roles and users just the same", async () => {
    const { id } = await createTestOrganization();
    const owner = await signIn(await createTestIssuer(), id, { role: "owner" });
    const path = `/organizations/${id}`;
    const fields = { name: "role", description: "", permissions: [] };
    const role = await owner.call(`POST ${path}/roles`, fields);
    const access = { role: "member", assignedRoleIds: [role.body.id] };
    expect((await owner.call(`POST ${path}/users/one/access`, access)).status).toBe(200);
    await owner.call("POST /api-keys", { name: "key", permissions: [] });
    const lists = ["GET /api-keys", `GET ${path}/roles`, `GET ${path}/users`];
    const readAll = () => Promise.all(lists.map(async (list) => (await owner.call(list)).body));
    const before = await readAll();
    await breakAuditLog(id);
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const changes: [string, unknown?][] = [
      ["POST /api-keys", { name: "other", permissions: [] }],
      ["DELETE /api-keys/key"],
      [`DELETE /api-keys/${owner.userId}/key`],
      [`POST ${path}/roles`, { ...fields, name: "other" }],
      [`PUT ${path}/roles/${role.body.id}`, { ...fields, description: "changed" }],
      [`DELETE ${path}/roles/${role.body.id}`],
      [`POST ${path}/users/two/access`, access],
      [`POST ${path}/users/one/access`, { role: "owner" }],
      [`DELETE ${path}/users/one`],
    ];
    for (const [route, body] of changes) {
      expect({ route, status: (await owner.call(route, body)).status }).toEqual({
        route,
        status: 500,
      });
    }
    log.mockRestore();
    expect(await readAll()).toEqual(before);
  });
});

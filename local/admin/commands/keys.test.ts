import { beforeEach, describe, expect, test } from "vitest";
import { hashApiKey } from "../../../shared/api-key.ts";
import { PERMISSIONS } from "../../../workers/api/permissions.ts";
import { findApiKeyByHash } from "../../../workers/api/store/api-keys.ts";
import { createScript, NOW } from "../testing/script.ts";

let script: Awaited<ReturnType<typeof createScript>>;

beforeEach(async () => {
  script = await createScript();
});

describe("an organization and its owner's key", () => {
  test("are created by two commands, with their audit entries, and the key works", async () => {
    const organizationId = await script.createOrganization(["--owner-id", "ann"]);
    const args = ["create-owner-key", "--organization", organizationId, "--name", "first"];
    const { exitCode, out } = await script.run(args);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^dtn_[0-9a-f]{64}\n$/);
    const key = out.trim();
    expect(await findApiKeyByHash(script.database, await hashApiKey(key))).toMatchObject({
      organizationId,
      userId: "ann",
      email: "ann@acme.example",
      role: "owner",
      permissions: [...PERMISSIONS],
      expiresAt: null,
    });
    const entries = await script.readAuditLog(organizationId);
    const operator = { actorId: "operator", source: "egret-admin", createdAt: NOW };
    expect(entries).toHaveLength(2);
    expect(entries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...operator, targetType: "organization", action: "create" }),
        expect.objectContaining({ ...operator, targetType: "api_key", targetId: "first" }),
      ]),
    );
    expect(JSON.stringify(entries)).not.toContain(key);
  });

  test("the key is for an owner of the organization alone, and its name is given once", async () => {
    const organizationId = await script.createOrganization();
    const args = ["create-owner-key", "--organization", organizationId, "--name", "first"];
    expect(await script.run([...args, "--owner", "stranger"])).toMatchObject({
      exitCode: 1,
      errors: "The organization has no owner stranger.\n",
    });
    expect((await script.run(args)).exitCode).toBe(0);
    const again = await script.run(args);
    expect(again).toMatchObject({ exitCode: 1, out: "" });
    expect(again.errors).toMatch(/^The owner \S+ has a key named first already\.\n$/);
    expect(await script.readAuditLog(organizationId)).toHaveLength(2);
  });
});

describe("the keys of an organization", () => {
  test("are listed without what makes them work, and without those of others", async () => {
    const [organizationId, other] = [
      await script.createOrganization(),
      await script.createOrganization(),
    ];
    const create = ["create-owner-key", "--name", "first", "--organization"];
    const { value } = await script.runForData([...create, organizationId]);
    await script.run([...create, other]);
    const list = ["list-keys", "--organization", organizationId];
    const keys = await script.runForData(list);
    expect(keys).toEqual([
      expect.objectContaining({
        name: "first",
        prefix: value.slice(0, 8),
        suffix: value.slice(-3),
        permissions: [...PERMISSIONS],
        createdAt: new Date(NOW).toISOString(),
        lastUsedAt: null,
        expiresAt: null,
      }),
    ]);
    const { out } = await script.run(list);
    expect(out).toContain(`${value.slice(0, 8)}…${value.slice(-3)}`);
    expect(out).not.toContain(value);
    expect(JSON.stringify(keys)).not.toContain(await hashApiKey(value));
  });

  test("are revoked one by one, with an audit entry, and revoking again says that none is there", async () => {
    const organizationId = await script.createOrganization();
    const { value } = await script.runForData([
      ...["create-owner-key", "--name", "first"],
      ...["--organization", organizationId],
    ]);
    const revoke = ["revoke-key", "--name", "first", "--organization", organizationId];
    expect((await script.runForData(revoke)).revoked).toBe(true);
    expect(await findApiKeyByHash(script.database, await hashApiKey(value))).toBeNull();
    expect(await script.readAuditLog(organizationId)).toContainEqual(
      expect.objectContaining({ action: "delete", targetType: "api_key", targetId: "first" }),
    );
    expect(await script.run(revoke)).toMatchObject({
      exitCode: 1,
      errors: "The organization has no such key named first.\n",
    });
    expect(await script.readAuditLog(organizationId)).toHaveLength(3);
  });
});

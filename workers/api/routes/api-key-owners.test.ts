import { beforeAll, describe, expect, it } from "vitest";
import type { Permission } from "../permissions.ts";
import { createKey } from "../testing/api-key.ts";
import { type Call, createTestOrganization, type TestOrganization } from "../testing/fixture.ts";
import { createTestIssuer, signIn, type TestIssuer } from "../testing/issuer.ts";

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await createTestIssuer();
});

/** Makes a member whose one role holds these permissions. */
async function signInMember(owner: TestOrganization, permissions: Permission[]) {
  const boss = await signIn(issuer, owner.id, { role: "owner" });
  const roles = `/organizations/${owner.id}/roles`;
  const fields = { name: crypto.randomUUID(), description: "", permissions };
  const role = await boss.call(`POST ${roles}`, fields);
  expect(role.status).toBe(201);
  const member = await signIn(issuer, owner.id, {
    role: "member",
    assignedRoleIds: [role.body.id],
  });
  const setPermissions = (next: Permission[]) =>
    boss.call(`PUT ${roles}/${role.body.id}`, { ...fields, permissions: next });
  return { ...member, boss, setPermissions };
}

describe("the permissions of an API key", () => {
  it("never go beyond those of the key that makes it, and are not trimmed", async () => {
    const owner = await createTestOrganization();
    const maker = await createKey(owner.call, "maker", ["manage:api_keys", "manage:secrets"]);
    const refused = await maker.call("POST /api-keys", {
      name: "more",
      permissions: ["manage:secrets", "write:sandboxes", "read:audit_logs"],
    });
    expect(refused).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
    expect(refused.body.message).toContain("write:sandboxes, read:audit_logs");
    expect((await owner.call("GET /api-keys/more")).status).toBe(404);
    const made = await createKey(maker.call, "same", ["manage:secrets"]);
    expect((await made.call("GET /api-keys/current")).body.userId).toBe(owner.userId);
  });

  it("never go beyond those of the user who makes it", async () => {
    const owner = await createTestOrganization();
    const member = await signInMember(owner, ["manage:secrets"]);
    const refused = await member.call("POST /api-keys", {
      name: "more",
      permissions: ["manage:secrets", "manage:api_keys"],
    });
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.body.message).toMatch(/: manage:api_keys$/);
  });

  it("shrink with those of its user, from the next request on", async () => {
    const owner = await createTestOrganization();
    const member = await signInMember(owner, ["manage:secrets", "write:sandboxes"]);
    const key = await createKey(member.call, "mine", ["manage:secrets"]);
    expect((await key.call("GET /secret")).status).toBe(200);
    // A key of some of its user's permissions has no others.
    expect((await key.call("POST /sandbox", {})).status).toBe(403);
    await member.setPermissions(["write:sandboxes"]);
    expect((await key.call("GET /secret")).status).toBe(403);
    await member.setPermissions(["manage:secrets"]);
    expect((await key.call("GET /secret")).status).toBe(200);
  });
});

describe("whose API keys", () => {
  it("a user sees: their own, and an owner who signs in all", async () => {
    const owner = await createTestOrganization();
    const member = await signInMember(owner, ["manage:secrets"]);
    await createKey(member.call, "mine", []);
    const names = async (call: Call) =>
      (await call("GET /api-keys")).body.map(({ name }: { name: string }) => name);
    expect(await names(member.call)).toEqual(["mine"]);
    expect(await names(owner.call)).toEqual(["test"]);
    expect((await names(member.boss.call)).toSorted()).toEqual(["mine", "test"]);
    expect((await owner.call("GET /api-keys/mine")).status).toBe(404);
    expect((await owner.call("DELETE /api-keys/mine")).status).toBe(404);
    expect((await member.call("DELETE /api-keys/test")).status).toBe(404);
    expect(await names(owner.call)).toEqual(["test"]);
  });

  it("an owner ends: anybody's of the organization, and nobody's of another", async () => {
    const owner = await createTestOrganization();
    const other = await createTestOrganization();
    const member = await signInMember(owner, ["manage:secrets"]);
    const key = await createKey(member.call, "mine", ["manage:secrets"]);
    const { boss } = member;
    expect((await boss.call(`DELETE /api-keys/${other.userId}/test`)).status).toBe(404);
    expect((await other.call("GET /secret")).status).toBe(200);
    expect((await boss.call(`DELETE /api-keys/${member.userId}/mine`)).status).toBe(204);
    expect((await key.call("GET /secret")).status).toBe(401);
  });

  it("is the current one: only a request with a key has one", async () => {
    const owner = await createTestOrganization();
    const { call } = await signIn(issuer, owner.id, { role: "owner" });
    expect(await call("GET /api-keys/current")).toMatchObject({
      status: 403,
      body: { message: "Only a request with an API key has a current one" },
    });
  });
});

import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { apiKeys, organizationUsers } from "../../../shared/database/schema.ts";
import {
  authorize,
  callApi,
  createTestOrganization,
  openTestDatabase,
  readAuditLog,
  type TestOrganization,
} from "../testing/fixture.ts";
import { createTestIssuer, signIn, signToken, type TestIssuer } from "../testing/issuer.ts";
import { createStaffedOrganization } from "../testing/staff.ts";

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await createTestIssuer();
});

describe("the users of an organization", () => {
  it("come in by the access they are given, and may do what their roles hold at that moment", async () => {
    const { organization, owner, path, createRole } = await createStaffedOrganization(issuer);
    const role = await createRole("writer", ["manage:secrets"]);
    const claims = { sub: crypto.randomUUID(), email: "new@example.com" };
    const token = authorize(issuer.callApi, await signToken(issuer, claims));
    const list = () =>
      token("GET /secret", undefined, { "X-Daytona-Organization-ID": organization.id });
    expect((await list()).status).toBe(404);
    const access = `POST ${path}/users/${claims.sub}/access`;
    const given = await owner.call(access, { role: "member", assignedRoleIds: [role.id] });
    expect(given).toMatchObject({ status: 200 });
    expect(given.body).toEqual({
      userId: claims.sub,
      organizationId: organization.id,
      name: claims.sub,
      email: "",
      role: "member",
      assignedRoles: [role],
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
    expect((await list()).status).toBe(200);

    const fields = { name: "writer", description: "", permissions: [] };
    await owner.call(`PUT ${path}/roles/${role.id}`, fields);
    expect((await list()).status).toBe(403);
    await owner.call(`PUT ${path}/roles/${role.id}`, {
      ...fields,
      permissions: ["manage:secrets"],
    });
    expect((await list()).status).toBe(200);
    await owner.call(access, { role: "member", assignedRoleIds: [] });
    expect((await list()).status).toBe(403);
    await owner.call(access, { role: "owner", assignedRoleIds: null });
    expect((await list()).status).toBe(200);
    await owner.call(`DELETE ${path}/users/${claims.sub}`);
    expect((await list()).status).toBe(404);
  });

  it("keep their other roles when one is deleted", async () => {
    const { owner, path, createRole } = await createStaffedOrganization(issuer);
    const roles = [
      await createRole("a", ["manage:secrets"]),
      await createRole("b", ["write:sandboxes"]),
      await createRole("c", ["read:audit_logs"]),
    ];
    const assignedRoleIds = roles.map(({ id }) => id);
    await owner.call(`POST ${path}/users/one/access`, { role: "member", assignedRoleIds });
    await owner.call(`DELETE ${path}/roles/${roles[1]?.id}`);
    const users = (await owner.call(`GET ${path}/users`)).body;
    const one = users.find(({ userId }: { userId: string }) => userId === "one");
    expect(one.assignedRoles).toEqual([roles[0], roles[2]]);
  });

  it("get nothing from a role of another organization, should its id be assigned to them", async () => {
    const theirs = await createStaffedOrganization(issuer);
    const role = await theirs.createRole("writer", ["manage:secrets"]);
    const ours = await createTestOrganization();
    const member = await signIn(issuer, ours.id, { role: "member", assignedRoleIds: [role.id] });
    expect((await member.call("GET /secret")).status).toBe(403);
  });

  it("take their API keys along when they are removed, and do not bring them back", async () => {
    const { organization, owner, path, createRole } = await createStaffedOrganization(issuer);
    const role = await createRole("writer", ["manage:secrets"]);
    const member = await signIn(issuer, organization.id, {
      role: "member",
      assignedRoleIds: [role.id],
    });
    const key = await member.call("POST /api-keys", { name: "k", permissions: ["manage:secrets"] });
    const keyed = authorize(callApi, key.body.value);
    expect((await keyed("GET /secret")).status).toBe(200);
    expect((await owner.call(`DELETE ${path}/users/${member.userId}`)).status).toBe(204);
    expect((await keyed("GET /secret")).status).toBe(401);
    await owner.call(`POST ${path}/users/${member.userId}/access`, { role: "owner" });
    expect((await keyed("GET /secret")).status).toBe(401);
    const left = await openTestDatabase()
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.userId, member.userId));
    expect(left).toEqual([]);
    expect(await owner.call(`DELETE ${path}/users/nobody`)).toMatchObject({ status: 404 });
  });

  it.each<[string, object, string]>([
    ["no role", {}, "role: is required"],
    ["a role that is none", { role: "admin" }, "role: must be owner or member"],
    [
      "roles that are no list",
      { role: "member", assignedRoleIds: "a" },
      "assignedRoleIds: must be",
    ],
  ])("are refused with %s", async (_, fields, message) => {
    const { owner, path } = await createStaffedOrganization(issuer);
    const refused = await owner.call(`POST ${path}/users/one/access`, fields);
    expect(refused).toMatchObject({ status: 400 });
    expect(refused.body.message).toContain(message);
  });

  it("have ids that an issuer could have given", async () => {
    const { owner, path } = await createStaffedOrganization(issuer);
    const route = `POST ${path}/users/${"a".repeat(256)}/access`;
    expect(await owner.call(route, { role: "member" })).toMatchObject({
      status: 400,
      body: { message: "userId: is longer than 255 characters" },
    });
  });
});

describe("the last owner", () => {
  const conflict = {
    status: 409,
    body: { message: "The organization must keep at least one owner" },
  };

  it("can be neither removed nor demoted", async () => {
    const { owner, path } = await createStaffedOrganization(issuer);
    const self = `${path}/users/${owner.userId}`;
    expect(await owner.call(`DELETE ${self}`)).toMatchObject(conflict);
    expect(await owner.call(`POST ${self}/access`, { role: "member" })).toMatchObject(conflict);
    expect((await owner.call(`POST ${self}/access`, { role: "owner" })).status).toBe(200);
    await owner.call(`POST ${path}/users/second/access`, { role: "owner" });
    expect((await owner.call(`POST ${self}/access`, { role: "member" })).status).toBe(200);
    expect((await owner.call(`DELETE ${path}/users/second`)).status).toBe(403);
  });

  it.each<[string, (path: string, userId: string) => [string, object?]]>([
    ["remove", (path, userId) => [`DELETE ${path}/users/${userId}`]],
    ["demote", (path, userId) => [`POST ${path}/users/${userId}/access`, { role: "member" }]],
  ])("is left where two owners %s each other at once", async (_, act) => {
    for (let round = 0; round < 5; round += 1) {
      const { organization, owner: one, path } = await createStaffedOrganization(issuer);
      const two = await signIn(issuer, organization.id, { role: "owner" });
      const answers = await Promise.all([
        one.call(...act(path, two.userId)),
        two.call(...act(path, one.userId)),
      ]);
      expect(await countOwners(organization)).toBe(1);
      expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    }
  });

  async function countOwners({ id }: TestOrganization): Promise<number> {
    const members = await openTestDatabase()
      .select()
      .from(organizationUsers)
      .where(eq(organizationUsers.organizationId, id));
    return members.filter(({ role }) => role === "owner").length;
  }
});

describe("the audit log of users", () => {
  it("holds every change and every refused attempt", async () => {
    const { organization, owner, path } = await createStaffedOrganization(issuer);
    await owner.call(`POST ${path}/users/one/access`, { role: "member" });
    await owner.call(`DELETE ${path}/users/${owner.userId}`);
    await owner.call(`DELETE ${path}/users/one`);
    const users = await readAuditLog(organization.id, "organization_user");
    expect(users.map(({ action, statusCode, targetId }) => [action, statusCode, targetId])).toEqual(
      [
        ["update_access", 200, "one"],
        ["delete", 409, owner.userId],
        ["delete", 204, "one"],
      ],
    );
  });
});

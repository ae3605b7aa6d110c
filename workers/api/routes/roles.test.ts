import { beforeAll, describe, expect, it } from "vitest";
import { readAuditLog } from "../testing/fixture.ts";
import { createTestIssuer, type TestIssuer } from "../testing/issuer.ts";
import { createStaffedOrganization } from "../testing/staff.ts";

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await createTestIssuer();
});

describe("roles", () => {
  it("are made, listed by name, changed and deleted", async () => {
    const { owner, path, createRole } = await createStaffedOrganization(issuer);
    const writer = await createRole("writer", ["manage:secrets", "manage:secrets"]);
    expect(writer).toEqual({
      id: expect.any(String),
      name: "writer",
      description: "d",
      permissions: ["manage:secrets"],
      isGlobal: false,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: writer.createdAt,
    });
    const auditor = await createRole("auditor", ["read:audit_logs"]);
    expect((await owner.call(`GET ${path}/roles`)).body).toEqual([auditor, writer]);
    const fields = { name: "reader", description: "", permissions: [] };
    const changed = await owner.call(`PUT ${path}/roles/${writer.id}`, fields);
    expect(changed.body).toMatchObject({ ...fields, id: writer.id, createdAt: writer.createdAt });
    expect((await owner.call(`DELETE ${path}/roles/${auditor.id}`)).status).toBe(204);
    expect((await owner.call(`DELETE ${path}/roles/${auditor.id}`)).status).toBe(404);
    expect((await owner.call(`GET ${path}/roles`)).body).toEqual([changed.body]);
  });

  it("have a name of their own", async () => {
    const { owner, path, createRole } = await createStaffedOrganization(issuer);
    const one = await createRole("one", []);
    const two = await createRole("two", []);
    const fields = { name: "one", description: "other", permissions: [] };
    const conflict = { status: 409, body: { message: "A role named one exists already" } };
    expect(await owner.call(`POST ${path}/roles`, fields)).toMatchObject(conflict);
    expect(await owner.call(`PUT ${path}/roles/${two.id}`, fields)).toMatchObject(conflict);
    expect((await owner.call(`PUT ${path}/roles/${one.id}`, fields)).status).toBe(200);
    expect((await owner.call(`GET ${path}/roles`)).body).toMatchObject([fields, two]);
  });

  it.each<[string, object, string]>([
    ["no name", { description: "", permissions: [] }, "name: is required"],
    ["an empty name", { name: "", description: "", permissions: [] }, "name: must not be empty"],
    ["no description", { name: "a", permissions: [] }, "description: is required"],
    [
      "a permission that is none",
      { name: "a", description: "", permissions: [1] },
      "permissions[0]",
    ],
  ])("are refused with %s", async (_, fields, message) => {
    const { owner, path } = await createStaffedOrganization(issuer);
    const refused = await owner.call(`POST ${path}/roles`, fields);
    expect(refused).toMatchObject({ status: 400, body: { code: "INVALID_REQUEST" } });
    expect(refused.body.message).toContain(message);
  });

  it("of another organization are as missing ones", async () => {
    const ours = await createStaffedOrganization(issuer);
    const theirs = await createStaffedOrganization(issuer);
    const role = await theirs.createRole("theirs", ["manage:secrets"]);
    const fields = { name: "a", description: "", permissions: [] };
    for (const id of [role.id, crypto.randomUUID()]) {
      const route = `${ours.path}/roles/${id}`;
      const missing = { status: 404, body: { message: "The role does not exist" } };
      expect(await ours.owner.call(`PUT ${route}`, fields)).toMatchObject(missing);
      expect(await ours.owner.call(`DELETE ${route}`)).toMatchObject(missing);
      const access = { role: "member", assignedRoleIds: [id] };
      expect(await ours.owner.call(`POST ${ours.path}/users/u/access`, access)).toMatchObject({
        status: 400,
        body: { message: `assignedRoleIds: there is no role ${id}` },
      });
    }
    expect((await theirs.owner.call(`GET ${theirs.path}/roles`)).body).toEqual([role]);
  });
});

describe("the audit log of roles", () => {
  it("holds every change and every refused attempt, by the user who signed in", async () => {
    const { organization, owner, path, createRole } = await createStaffedOrganization(issuer);
    const role = await createRole("writer", ["manage:secrets"]);
    const fields = { name: "reader", description: "", permissions: [] };
    await owner.call(`PUT ${path}/roles/${role.id}`, fields);
    await owner.call(`PUT ${path}/roles/none`, fields);
    await owner.call(`DELETE ${path}/roles/${role.id}`);
    const roles = await readAuditLog(organization.id, "organization_role");
    expect(roles.map(({ action, statusCode, targetId }) => [action, statusCode, targetId])).toEqual(
      [
        ["create", 201, role.id],
        ["update", 200, role.id],
        ["update", 404, "none"],
        ["delete", 204, role.id],
      ],
    );
    expect(roles[0]).toMatchObject({
      actorId: owner.userId,
      actorEmail: "owner@example.com",
      actorApiKeyPrefix: null,
      actorApiKeySuffix: null,
      metadata: { name: "writer", permissions: ["manage:secrets"] },
    });
  });
});

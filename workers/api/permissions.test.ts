import { beforeAll, describe, expect, it } from "vitest";
import {
  getRouteRule,
  listAuditScenarios,
  PERMISSIONS,
  ROUTES,
  type RouteName,
} from "./permissions.ts";
import { authorize, callApi, createTestOrganization, readAuditLog } from "./testing/fixture.ts";
import { createTestIssuer, signIn, signToken, type TestIssuer } from "./testing/issuer.ts";

const PUBLIC_NAMES = [
  "GET /health",
  "GET /health/ready",
  "GET /socket.io",
  "ALL /toolbox/*",
  "GET /openapi.json",
  "GET /docs",
  "GET /audit/scenarios",
];
const MISSING_ID = "00000000-0000-4000-8000-000000000000";

const all = (Object.keys(ROUTES) as RouteName[]).map((name) => ({ name, ...getRouteRule(name) }));
const withCredential = all.filter(({ access }) => access !== "public");
const guarded = withCredential.filter(({ access }) => access !== "credential");
const withPermission = guarded.filter(({ access }) => access !== "member" && access !== "owner");
const forOwners = guarded.filter(({ access }) => access === "owner");

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await createTestIssuer();
});

/** A request that fits a route's name, with an id of nothing in the place of other parameters. */
function fillParameters(name: RouteName, organizationId: string): string {
  return name.replace(":organizationId", organizationId).replace(/:\w+/g, MISSING_ID);
}

/** A body for the routes that read one before they find that something is missing. */
function fillBody(name: RouteName): unknown {
  return /^(?:POST|PUT|PATCH)/.test(name) ? {} : undefined;
}

describe("the routes", () => {
  it("hold 21 permissions and no public route that is not known to be one", () => {
    expect(new Set(PERMISSIONS).size).toBe(21);
    const names = all.filter(({ access }) => access === "public").map(({ name }) => name);
    expect(names).toEqual(PUBLIC_NAMES);
  });

  it("are audited where they change what the organization keeps", () => {
    const unaudited = withCredential.filter(
      ({ name, audit }) => audit === undefined && !name.startsWith("GET "),
    );
    // A token changes nothing that is kept.
    expect(unaudited.map(({ name }) => name)).toEqual([
      "POST /sandbox/:sandboxIdOrName/egress-token",
    ]);
  });

  it.each(withCredential)("$name answers 401 without a credential", async ({ name }) => {
    expect(await callApi(fillParameters(name, MISSING_ID))).toMatchObject({
      status: 401,
      body: { code: "UNAUTHORIZED" },
    });
  });

  it.each(withPermission)(
    "$name answers 403 that names the permission $access where a key lacks it",
    async ({ name, access, audit }) => {
      const others = PERMISSIONS.filter((permission) => permission !== access);
      const { id, call } = await createTestOrganization({ permissions: others });
      const refused = await call(fillParameters(name, id), fillBody(name));
      expect(refused).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
      expect(refused.body.message).toBe(`The permission ${access} is required`);
      if (audit === undefined) return;
      await expect
        .poll(async () => (await readAuditLog(id, audit.targetType)).at(-1))
        .toMatchObject({ action: audit.action, statusCode: 403 });
    },
  );

  it.each(withPermission.filter(({ isOpenToUsers }) => !isOpenToUsers))(
    "$name answers 403 that names the permission $access where a member's roles lack it",
    async ({ name, access }) => {
      const owner = await createTestOrganization();
      const member = await signIn(issuer, owner.id, { role: "member" });
      const refused = await member.call(fillParameters(name, owner.id), fillBody(name));
      expect(refused).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
      expect(refused.body.message).toBe(`The permission ${access} is required`);
    },
  );

  it.each(forOwners)(
    "$name answers 403 to a key with all permissions, and to a member",
    async ({ name }) => {
      const owner = await createTestOrganization();
      const member = await signIn(issuer, owner.id, { role: "member" });
      for (const { call } of [owner, member]) {
        expect(await call(fillParameters(name, owner.id), fillBody(name))).toMatchObject({
          status: 403,
          body: { message: "Only an owner who signs in with a token may do this" },
        });
      }
    },
  );

  it.each(guarded)("$name answers 404 to a user of another organization", async ({ name }) => {
    const theirs = await createTestOrganization();
    const call = authorize(issuer.callApi, await signToken(issuer));
    const [foreign, missing] = await Promise.all(
      [theirs.id, MISSING_ID].map((id) =>
        call(fillParameters(name, id), fillBody(name), { "X-Daytona-Organization-ID": id }),
      ),
    );
    for (const answer of [foreign, missing]) {
      expect(answer).toMatchObject({
        status: 404,
        body: { code: "NOT_FOUND", message: "The organization does not exist" },
      });
    }
  });

  it.each(guarded.filter(({ name }) => name.includes(":organizationId")))(
    "$name answers 404 to a key of another organization",
    async ({ name }) => {
      const theirs = await createTestOrganization();
      const { call } = await createTestOrganization();
      for (const id of [theirs.id, MISSING_ID]) {
        expect(await call(fillParameters(name, id), fillBody(name))).toMatchObject({
          status: 404,
          body: { message: "The organization does not exist" },
        });
      }
    },
  );

  it.each(guarded.filter(({ access }) => access !== "owner"))(
    "$name lets a key with only its permission in",
    async ({ name, access }) => {
      const permission = PERMISSIONS.find((each) => each === access);
      const { id, call } = await createTestOrganization({
        permissions: permission === undefined ? [] : [permission],
      });
      const { status, body } = await call(fillParameters(name, id), fillBody(name));
      // Some find nothing, some miss a field, one refuses everybody; none for want of permission.
      expect([200, 400, 403, 404]).toContain(status);
      expect(body?.message ?? "").not.toContain("permission ");
    },
  );

  it.each(guarded)("$name lets an owner in who signs in", async ({ name }) => {
    const { id } = await createTestOrganization();
    const { call } = await signIn(issuer, id, { role: "owner" });
    const { status, body } = await call(fillParameters(name, id), fillBody(name));
    expect([200, 400, 403, 404]).toContain(status);
    expect(body?.message ?? "").not.toMatch(/permission |only an owner/i);
  });
});

describe("the audit log's scenarios", () => {
  it("are those of the table, sorted, and shown to anyone", async () => {
    const { status, body } = await callApi("GET /audit/scenarios");
    expect({ status, body }).toEqual({ status: 200, body: { targets: listAuditScenarios() } });
    expect(body.targets).toEqual([
      { targetType: "api_key", actions: ["create", "delete"] },
      { targetType: "organization_role", actions: ["create", "delete", "update"] },
      { targetType: "organization_user", actions: ["delete", "update_access"] },
      { targetType: "sandbox", actions: ["create", "delete", "update_secrets"] },
      { targetType: "secret", actions: ["create", "delete", "update"] },
    ]);
  });
});

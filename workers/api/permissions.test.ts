import { describe, expect, it } from "vitest";
import { PERMISSIONS, ROUTES, type RouteName } from "./permissions.ts";
import { callApi, createTestOrganization } from "./testing/fixture.ts";

const PUBLIC_NAMES = ["GET /health", "GET /health/ready", "GET /socket.io", "ALL /toolbox/*"];

const guarded = Object.entries(ROUTES)
  .filter(([, { access }]) => access !== "public")
  .map(([name, { access }]) => ({ name: name as RouteName, access }));

/** A request that fits a route's name, with an id of nothing in the place of parameters. */
function fillParameters(name: RouteName): string {
  return name.replace(/:\w+/g, "00000000-0000-4000-8000-000000000000");
}

describe("the routes", () => {
  it("hold 21 permissions and no public route that is not known to be one", () => {
    expect(new Set(PERMISSIONS).size).toBe(21);
    const names = Object.entries(ROUTES).filter(([, { access }]) => access === "public");
    expect(names.map(([name]) => name)).toEqual(PUBLIC_NAMES);
  });

  it.each(guarded)("$name answers 401 without a credential", async ({ name }) => {
    expect(await callApi(fillParameters(name))).toMatchObject({
      status: 401,
      body: { code: "UNAUTHORIZED" },
    });
  });

  it.each(guarded.filter(({ access }) => access !== "member"))(
    "$name answers 403 that names the permission $access where it is missing",
    async (route) => {
      const others = PERMISSIONS.filter((permission) => permission !== route.access);
      const { call } = await createTestOrganization({ permissions: others });
      const refused = await call(fillParameters(route.name));
      expect(refused).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
      expect(refused.body.message).toBe(`The permission ${route.access} is required`);
    },
  );

  it.each(guarded)("$name lets a key with only its permission in", async ({ name, access }) => {
    const permission = PERMISSIONS.find((each) => each === access);
    const { call } = await createTestOrganization({
      permissions: permission === undefined ? [] : [permission],
    });
    const { status, body } = await call(fillParameters(name));
    // Some find nothing, some miss their body, one refuses everybody; none for want of permission.
    expect([200, 400, 403, 404]).toContain(status);
    expect(body?.message ?? "").not.toContain("permission");
  });
});

import { describe, expect, it } from "vitest";
import { type Answer, createTestOrganization, type TestOrganization } from "./testing/fixture.ts";

const MISSING_ID = "00000000-0000-4000-8000-000000000000";

type Keeper = TestOrganization & { secretId: string; placeholder: string; sandboxId: string };

async function createKeeper(): Promise<Keeper> {
  const owner = await createTestOrganization();
  const secret = await owner.call("POST /secret", { name: "SHARED_NAME", value: "theirs" });
  const sandbox = await owner.call("POST /sandbox", {
    name: "shared-box",
    secrets: [{ KEY: "SHARED_NAME" }],
  });
  expect([secret.status, sandbox.status]).toEqual([201, 200]);
  return {
    ...owner,
    secretId: secret.body.id,
    placeholder: secret.body.placeholder,
    sandboxId: sandbox.body.id,
  };
}

/** An answer without what differs between any two answers. */
function compare({ status, body }: Answer, id: string) {
  const { requestId: _, timestamp: __, path, ...rest } = body;
  return { status, ...rest, path: path.replace(id, "{id}") };
}

describe("two organizations", () => {
  it.each<[string, (keeper: Keeper) => string, unknown?]>([
    ["GET /secret/{id}", (keeper) => keeper.secretId],
    ["PATCH /secret/{id}", (keeper) => keeper.secretId, { value: "mine", hosts: ["*"] }],
    ["PATCH /secret/{id}", (keeper) => keeper.secretId, {}],
    ["DELETE /secret/{id}", (keeper) => keeper.secretId],
    ["GET /sandbox/{id}", (keeper) => keeper.sandboxId],
    ["GET /sandbox/{id}/secrets", (keeper) => keeper.sandboxId],
    ["PUT /sandbox/{id}/secrets", (keeper) => keeper.sandboxId, { secrets: [] }],
    ["POST /sandbox/{id}/egress-token", (keeper) => keeper.sandboxId, {}],
    ["GET /sandbox/{id}/toolbox-proxy-url", (keeper) => keeper.sandboxId],
    ["DELETE /sandbox/{id}", (keeper) => keeper.sandboxId],
  ])(
    "get the same answer to %s for what is foreign and what is missing",
    async (route, getId, body) => {
      const keeper = await createKeeper();
      const stranger = await createTestOrganization();
      const foreignId = getId(keeper);
      const before = await readAll(keeper);
      const foreign = await stranger.call(route.replace("{id}", foreignId), body);
      const missing = await stranger.call(route.replace("{id}", MISSING_ID), body);
      expect([403, 404]).toContain(foreign.status);
      expect(compare(foreign, foreignId)).toEqual(compare(missing, MISSING_ID));
      expect(await readAll(keeper)).toEqual(before);
    },
  );

  it("do not see each other's secrets and sandboxes in any list", async () => {
    const keeper = await createKeeper();
    const stranger = await createTestOrganization();
    const lists = [
      "/secret",
      "/secret/paginated",
      "/secret/paginated?name=SHARED",
      "/sandbox",
      "/sandbox?name=shared",
      `/sandbox?id=${keeper.sandboxId}`,
    ];
    for (const path of lists) {
      const { status, body, text } = await stranger.call(`GET ${path}`);
      expect({ status, items: body.items ?? body }).toEqual({ status: 200, items: [] });
      expect(text).not.toContain(keeper.secretId);
    }
    expect((await stranger.call("GET /secret/paginated")).body.total).toBe(0);
  });

  it("use the same names without meeting", async () => {
    const [one, two] = [await createKeeper(), await createKeeper()];
    expect(one.placeholder).not.toBe(two.placeholder);
    const box = await two.call("GET /sandbox/shared-box");
    expect(box.body).toMatchObject({ id: two.sandboxId, env: { KEY: two.placeholder } });
  });

  it("cannot mount each other's secrets", async () => {
    const keeper = await createKeeper();
    const stranger = await createTestOrganization();
    const own = await stranger.call("POST /sandbox", { name: "own" });
    expect(own.status).toBe(200);
    const foreign = { secrets: [{ KEY: "SHARED_NAME" }] };
    for (const route of ["POST /sandbox", "PUT /sandbox/own/secrets"]) {
      expect(await stranger.call(route, foreign)).toMatchObject({
        status: 400,
        body: { message: "secrets: there is no secret named SHARED_NAME" },
      });
    }
    expect((await stranger.call("GET /sandbox/own")).text).not.toContain(keeper.placeholder);
  });

  it("cannot walk each other's lists with a cursor", async () => {
    const keeper = await createKeeper();
    await keeper.call("POST /secret", { name: "SECOND", value: "v" });
    const first = await keeper.call("GET /secret/paginated?limit=1");
    const stranger = await createTestOrganization();
    const page = await stranger.call(
      `GET /secret/paginated?limit=1&cursor=${first.body.nextCursor}`,
    );
    expect(page.body).toEqual({ items: [], total: 0, nextCursor: null });
  });
});

async function readAll(owner: TestOrganization) {
  const [secrets, sandboxes] = await Promise.all([
    owner.call("GET /secret"),
    owner.call("GET /sandbox"),
  ]);
  return [secrets.body, sandboxes.body];
}

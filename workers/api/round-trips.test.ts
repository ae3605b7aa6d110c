import { expect, it } from "vitest";
import { openDatabase } from "../../shared/database/database.ts";
import {
  authorize,
  createTestApp,
  createTestOrganization,
  TEST_BINDINGS,
} from "./testing/fixture.ts";

/** The API with a count of its round trips to the database. */
function createCountingApp() {
  let count = 0;
  const call = createTestApp({
    openDatabase: () =>
      openDatabase({
        url: TEST_BINDINGS.DATABASE_URL,
        timeoutMs: 10_000,
        fetch: (request, init) => {
          count += 1;
          return fetch(request, init);
        },
      }),
  });
  const takeCount = () => {
    const taken = count;
    count = 0;
    return taken;
  };
  return { call, takeCount };
}

it("reads in two round trips to the database and writes in three, authentication included", async () => {
  const owner = await createTestOrganization();
  const { call: callAnonymous, takeCount } = createCountingApp();
  const call = authorize(callAnonymous, owner.apiKey);
  // The first use in a minute is written down, after the answer.
  await call("GET /secret");
  expect(takeCount()).toBe(3);
  const secret = await call("POST /secret", { name: "KEY", value: "v" });
  expect(takeCount()).toBe(2);
  const sandbox = await call("POST /sandbox", { secrets: [{ K: "KEY" }] });
  expect(takeCount()).toBe(2);
  const routes: [string, number, unknown?][] = [
    [`GET /secret/${secret.body.id}`, 2],
    ["GET /secret", 2],
    ["GET /secret/paginated", 2],
    [`GET /sandbox/${sandbox.body.id}`, 2],
    ["GET /sandbox", 2],
    [`POST /sandbox/${sandbox.body.id}/egress-token`, 2, {}],
    [`PATCH /secret/${secret.body.id}`, 3, { hosts: ["a.example"] }],
    [`PUT /sandbox/${sandbox.body.id}/secrets`, 3, { secrets: [] }],
    [`DELETE /sandbox/${sandbox.body.id}`, 3],
    [`DELETE /secret/${secret.body.id}`, 3],
  ];
  for (const [route, expected, body] of routes) {
    expect((await call(route, body)).status).toBeLessThan(300);
    expect({ route, count: takeCount() }).toEqual({ route, count: expected });
  }
});

import { expect, it } from "vitest";
import { createTestOrganization } from "../testing/fixture.ts";

it("creates, gets, changes and deletes a secret", async () => {
  const { call } = await createTestOrganization();
  const created = await call("POST /secret", { name: "A", value: "v", hosts: ["API.Example.com"] });
  expect(created).toMatchObject({ status: 201, body: { name: "A", hosts: ["api.example.com"] } });
  const { id } = created.body;
  expect(await call(`PATCH /secret/${id}`, { description: "d" })).toMatchObject({
    status: 200,
    body: { description: "d", version: 2 },
  });
  expect(await call("GET /secret/paginated")).toMatchObject({ body: { total: 1 } });
  const box = await call("POST /sandbox", { secrets: [{ K: "A" }], env: { X: "1" } });
  expect(box).toMatchObject({
    status: 200,
    body: { env: { K: created.body.placeholder, X: "1" } },
  });
  expect(await call(`PUT /sandbox/${box.body.id}/secrets`, { secrets: [] })).toMatchObject({
    status: 200,
    body: { env: { X: "1" } },
  });
  expect(await call("GET /sandbox")).toMatchObject({ status: 200 });
  expect(await call(`DELETE /sandbox/${box.body.id}`)).toMatchObject({ status: 200 });
  expect((await call(`DELETE /secret/${id}`)).status).toBe(204);
  expect((await call(`GET /secret/${id}`)).status).toBe(404);
});

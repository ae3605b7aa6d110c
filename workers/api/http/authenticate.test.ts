import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { createApiKey } from "../../../shared/api-key.ts";
import { organizationUsers } from "../../../shared/database/schema.ts";
import { callApi, createTestOrganization, openTestDatabase } from "../testing/fixture.ts";

describe("an API key", () => {
  it.each([
    ["nothing", {}],
    ["another scheme", { Authorization: `Basic ${createApiKey()}` }],
    ["an empty credential", { Authorization: "Bearer " }],
    ["two credentials", { Authorization: `Bearer ${createApiKey()} ${createApiKey()}` }],
    ["a key that is too short", { Authorization: "Bearer dtn_00" }],
    ["a key in capitals", { Authorization: `Bearer ${createApiKey().toUpperCase()}` }],
    ["an unknown key", { Authorization: `Bearer ${createApiKey()}` }],
  ])("is missed in %s", async (_, headers) => {
    expect((await callApi("GET /secret", undefined, headers)).status).toBe(401);
  });

  it("is answered alike when it is malformed and when it is unknown", async () => {
    const [malformed, unknown] = await Promise.all(
      ["dtn_x", createApiKey()].map((key) =>
        callApi("GET /secret", undefined, { Authorization: `Bearer ${key}` }),
      ),
    );
    expect(malformed?.body.message).toBe(unknown?.body.message);
  });

  it("is taken whatever the case of the scheme", async () => {
    const { apiKey } = await createTestOrganization();
    const answer = await callApi("GET /secret", undefined, { Authorization: `bEARER  ${apiKey}` });
    expect(answer.status).toBe(200);
  });

  it("ends at its time", async () => {
    const ended = await createTestOrganization({ expiresAt: Date.now() - 1 });
    expect(await ended.call("GET /secret")).toMatchObject({
      status: 401,
      body: { message: "The API key has expired" },
    });
    const valid = await createTestOrganization({ expiresAt: Date.now() + 60_000 });
    expect((await valid.call("GET /secret")).status).toBe(200);
  });

  it("ends with its user's membership", async () => {
    const { userId, call } = await createTestOrganization();
    await openTestDatabase().delete(organizationUsers).where(eq(organizationUsers.userId, userId));
    expect((await call("GET /secret")).status).toBe(401);
  });

  it("agrees with the organization that the request names", async () => {
    const owner = await createTestOrganization();
    const other = await createTestOrganization();
    const name = (id: string) => ({ "X-Daytona-Organization-ID": id });
    expect((await owner.call("GET /secret", undefined, name(owner.id))).status).toBe(200);
    expect(await owner.call("GET /secret", undefined, name(other.id))).toMatchObject({
      status: 403,
      body: { message: "The API key belongs to another organization" },
    });
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { authorize, createTestOrganization } from "../testing/fixture.ts";
import { createTestIssuer, signIn, signToken, type TestIssuer } from "../testing/issuer.ts";

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await createTestIssuer();
});

describe("organizations", () => {
  it("are listed to a user without naming one, and to a key as its own", async () => {
    const one = await createTestOrganization();
    const two = await createTestOrganization();
    const user = await signIn(issuer, one.id, { role: "member" });
    const token = authorize(issuer.callApi, await signToken(issuer, { sub: user.userId }));
    const ids = async (call: typeof token) => {
      const { status, body } = await call("GET /organizations");
      expect(status).toBe(200);
      return body.map(({ id }: { id: string }) => id);
    };
    expect(await ids(token)).toEqual([one.id]);
    expect(await ids(two.call)).toEqual([two.id]);
    const nobody = authorize(issuer.callApi, await signToken(issuer));
    expect(await ids(nobody)).toEqual([]);
  });

  it("are shown to any credential of theirs", async () => {
    const owner = await createTestOrganization({ permissions: [] });
    const shown = await owner.call(`GET /organizations/${owner.id}`);
    expect(shown.body).toEqual({
      id: owner.id,
      name: "Test",
      createdBy: owner.userId,
      personal: false,
      suspended: false,
      secretQuota: 1500,
      maxSecretsPerSandbox: 100,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
    const member = await signIn(issuer, owner.id, { role: "member" });
    const token = authorize(issuer.callApi, await signToken(issuer, { sub: member.userId }));
    // The path says which organization is meant.
    expect((await token(`GET /organizations/${owner.id}`)).body).toEqual(shown.body);
  });
});

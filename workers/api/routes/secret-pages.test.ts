import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { secrets } from "../../../shared/database/schema.ts";
import {
  createTestOrganization,
  openTestDatabase,
  type TestOrganization,
} from "../testing/fixture.ts";
import { createSecretRow } from "../testing/secret-row.ts";

/** Puts secrets with few distinct times into an organization, so that sort values repeat. */
async function addSecrets(owner: TestOrganization, names: string[]): Promise<void> {
  const rows = names.map((name, index) => ({
    ...createSecretRow({ organizationId: owner.id, name }),
    createdAt: 1000 + (index % 3),
    updatedAt: 2000 - (index % 2),
  }));
  await openTestDatabase().insert(secrets).values(rows);
}

async function walkPages(owner: TestOrganization, query: string, between?: () => Promise<void>) {
  const names: string[] = [];
  let cursor: string | null = "";
  let pageCount = 0;
  while (cursor !== null) {
    const page = await owner.call(
      `GET /secret/paginated?${query}&cursor=${encodeURIComponent(cursor)}`,
    );
    expect(page.status).toBe(200);
    names.push(...page.body.items.map(({ name }: { name: string }) => name));
    cursor = page.body.nextCursor;
    pageCount += 1;
    if (pageCount === 1) await between?.();
  }
  return { names, pageCount };
}

describe("pages of secrets", () => {
  it("holds items, total and nextCursor, also when there are none", async () => {
    const owner = await createTestOrganization();
    expect((await owner.call("GET /secret/paginated")).body).toEqual({
      items: [],
      total: 0,
      nextCursor: null,
    });
  });

  it("sorts by creation, the newest first, and by what is asked", async () => {
    const owner = await createTestOrganization();
    for (const name of ["B", "A", "C"]) {
      await owner.call("POST /secret", { name, value: "v" });
    }
    const byName = await walkPages(owner, "sort=name&order=asc");
    expect(byName.names).toEqual(["A", "B", "C"]);
    const byCreation = await owner.call("GET /secret/paginated");
    const times = byCreation.body.items.map((item: { createdAt: string }) => item.createdAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  it("filters by a part of the name in any case, taken literally, and counts the matches", async () => {
    const owner = await createTestOrganization();
    await addSecrets(owner, ["OPENAI_KEY", "openai_key_2", "OPENAIxKEY", "OTHER"]);
    const page = await owner.call("GET /secret/paginated?name=Ai_k&sort=name&order=asc&limit=1");
    expect(page.body).toMatchObject({ total: 2, items: [{ name: "OPENAI_KEY" }] });
    expect((await owner.call("GET /secret/paginated?name=%25")).body.total).toBe(0);
  });

  it("shows each row exactly once, for any sort, order, limit and filter, while others write", async () => {
    const owner = await createTestOrganization();
    const names = Array.from(
      { length: 23 },
      (_, index) => `${index % 2 ? "odd" : "even"}_${index}`,
    );
    await addSecrets(owner, names);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("name", "createdAt", "updatedAt"),
        fc.constantFrom("asc", "desc"),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom("", "ODD", "even_1"),
        async (sort, order, limit, name) => {
          const walked = await walkPages(
            owner,
            `sort=${sort}&order=${order}&limit=${limit}&name=${name}`,
            () => addSecrets(owner, [`late_odd_even_1_${crypto.randomUUID()}`]),
          );
          const expected = names.filter((each) => each.includes(name.toLowerCase()));
          const early = walked.names.filter((each) => names.includes(each));
          expect(early.toSorted()).toEqual(expected.toSorted());
          expect(new Set(walked.names).size).toBe(walked.names.length);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("refuses a cursor of another sort, order or filter", async () => {
    const owner = await createTestOrganization();
    await addSecrets(owner, ["A1", "A2", "A3"]);
    const first = await owner.call("GET /secret/paginated?limit=1&sort=name&order=asc&name=a");
    const cursor = first.body.nextCursor;
    for (const query of [
      "sort=createdAt&order=asc&name=a",
      "sort=name&name=a",
      "sort=name&order=asc",
    ]) {
      expect(await owner.call(`GET /secret/paginated?${query}&cursor=${cursor}`)).toMatchObject({
        status: 400,
        body: { message: expect.stringMatching(/^cursor: /) },
      });
    }
  });

  it.each([
    ["limit=0", "limit: must be at least 1"],
    ["limit=201", "limit: must be at most 200"],
    ["limit=ten", "limit: must be a whole number"],
    ["limit=1e1", "limit: must be a whole number"],
    ["limit=1&limit=2", "limit: must be given once"],
    ["sort=value", "sort: must be name, createdAt or updatedAt"],
    ["order=up", "order: must be asc or desc"],
    ["name=%00", "name: must be well-formed Unicode"],
    ["cursor=!", "cursor: is not one that this list gave"],
    [`cursor=${btoa("[]")}`, "cursor: is not one that this list gave"],
  ])("refuses %s", async (query, message) => {
    const owner = await createTestOrganization();
    const refused = await owner.call(`GET /secret/paginated?${query}`);
    expect(refused).toMatchObject({ status: 400, body: { code: "INVALID_REQUEST" } });
    expect(refused.body.message).toContain(message);
  });
});

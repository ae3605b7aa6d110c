import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sandboxes } from "../../../shared/database/schema.ts";
import {
  createTestOrganization,
  openTestDatabase,
  type TestOrganization,
} from "../testing/fixture.ts";

/** Puts sandboxes with few distinct times and sizes into an organization, so that sort values repeat. */
async function addSandboxes(owner: TestOrganization, names: string[]): Promise<void> {
  const rows = names.map((name, index) => ({
    id: crypto.randomUUID(),
    organizationId: owner.id,
    name,
    user: "",
    env: {},
    labels: { parity: name.includes("odd") ? "odd" : "even" },
    public: false,
    networkBlockAll: false,
    target: "",
    cpu: [1, 0.5, 2][index % 3] ?? 1,
    gpu: 0,
    memory: index % 2,
    disk: 3,
    echoed: {},
    createdAt: 1000 + (index % 3),
    updatedAt: 2000 - (index % 2),
  }));
  await openTestDatabase().insert(sandboxes).values(rows);
}

async function walkPages(owner: TestOrganization, query: string, between: () => Promise<void>) {
  const names: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; await between()) {
    const page = await owner.call(`GET /sandbox?${query}&cursor=${encodeURIComponent(cursor)}`);
    expect(page.status).toBe(200);
    names.push(...page.body.items.map(({ name }: { name: string }) => name));
    cursor = page.body.nextCursor;
  }
  return names;
}

describe("pages of sandboxes", () => {
  it("show each row exactly once, for any sort, order, limit and filter, while others write", async () => {
    const owner = await createTestOrganization();
    const names = Array.from(
      { length: 17 },
      (_, index) => `${index % 2 ? "odd" : "even"}_${index}`,
    );
    await addSandboxes(owner, names);
    const oddLabel = encodeURIComponent(JSON.stringify({ parity: "odd" }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("name", "createdAt", "updatedAt", "cpu", "memoryGib", "diskGib"),
        fc.constantFrom("asc", "desc"),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(
          ["", () => true] as const,
          ["name=ODD", (name: string) => name.startsWith("odd")] as const,
          [`labels=${oddLabel}`, (name: string) => name.includes("odd")] as const,
        ),
        async (sort, order, limit, [filter, isMatch]) => {
          const query = `sort=${sort}&order=${order}&limit=${limit}&${filter}`;
          // Three of the new rows go before, among and behind the old ones.
          const late = ["a", "m", "z"].map((letter) => `${letter}_late_${crypto.randomUUID()}`);
          const walked = await walkPages(owner, query, async () => {
            const name = late.pop();
            if (name !== undefined) await addSandboxes(owner, [name]);
          });
          const early = walked.filter((name) => names.includes(name));
          expect(early.toSorted()).toEqual(names.filter(isMatch).toSorted());
          expect(new Set(walked).size).toBe(walked.length);
        },
      ),
      { numRuns: 15 },
    );
  });
});

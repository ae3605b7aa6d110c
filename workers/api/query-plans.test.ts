import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { PLACEHOLDER_PREFIX } from "../../shared/placeholder.ts";
import { authorize, createTestOrganization, openTestDatabase } from "./testing/fixture.ts";
import {
  createWatchedApp,
  explainQuery,
  type PlanStep,
  type SentStatement,
} from "./testing/query-plans.ts";
import { createSecretRow } from "./testing/secret-row.ts";

const SECRET_COUNT = 10_000;
const PAGE_SIZE = 200;
// What the API unfolds from JSON inside a query: a handful of rows, and no table.
const UNFOLDED = /^SCAN (?:mount|label|listed|assigned|permission)\b/;

const watched = createWatchedApp();
let call: ReturnType<typeof authorize>;
let organizationId: string;

beforeAll(async () => {
  const owner = await createTestOrganization();
  organizationId = owner.id;
  call = authorize(watched.call, owner.apiKey);
  const { sealingKeyId } = createSecretRow({ organizationId, name: "" });
  await openTestDatabase().run(sql`
    with recursive counter(n) as (
      select 1 union all select n + 1 from counter where n < ${SECRET_COUNT}
    )
    insert into secrets (id, organization_id, name, placeholder, hosts, sealed_value,
      sealing_key_id, version, created_at, updated_at)
    select ${organizationId} || n, ${organizationId}, 'KEY_' || n,
      ${PLACEHOLDER_PREFIX} || lower(hex(randomblob(16))), '[]', '',
      ${sealingKeyId}, 1, 1000 + n % 7, 2000 + n % 11 from counter`);
  for (const name of ["a", "b", "c"]) await call("POST /sandbox", { name });
  // The first use in a minute is written down now and not between the queries.
  await call("GET /organizations");
});

/** The plans of the list's own queries: the first query of a request finds its credential. */
async function explainList(path: string): Promise<{ body: unknown; plans: PlanStep[][] }> {
  watched.take();
  const { status, body } = await call(`GET ${path}`);
  expect(status).toBe(200);
  const [credential, ...queries] = watched.take();
  expect(credential?.sql).toContain("api_keys");
  expect(queries.length).toBeGreaterThan(0);
  return { body, plans: await Promise.all(queries.map(explainQuery)) };
}

function expectIndexes(plans: PlanStep[][]): void {
  for (const steps of plans) {
    const details = steps.map(({ detail }) => detail);
    // Nothing is sorted, and no table is read from its beginning to its end.
    const sorts = steps.filter(({ parent, detail }) => parent === 0 && /TEMP B-TREE/.test(detail));
    const scans = details.filter((detail) => /^SCAN/.test(detail) && !UNFOLDED.test(detail));
    expect({ details, sorts, scans }).toEqual({ details, sorts: [], scans: [] });
  }
}

const ORDERS = ["asc", "desc"];

describe("every order of a list", () => {
  it.each(
    ["name", "createdAt", "updatedAt"].flatMap((sort) => ORDERS.map((order) => ({ sort, order }))),
  )("of secrets is an index's: $sort $order", async ({ sort, order }) => {
    const path = `/secret/paginated?sort=${sort}&order=${order}&limit=1`;
    const first = await explainList(path);
    const { nextCursor } = first.body as { nextCursor: string };
    const next = await explainList(`${path}&cursor=${nextCursor}`);
    const filtered = await explainList(`${path}&name=KEY_9`);
    for (const { plans } of [first, next, filtered]) expectIndexes(plans);
  });

  it.each(
    ["name", "createdAt", "updatedAt", "cpu", "memoryGib", "diskGib"].flatMap((sort) =>
      ORDERS.map((order) => ({ sort, order })),
    ),
  )("of sandboxes is an index's: $sort $order", async ({ sort, order }) => {
    const path = `/sandbox?sort=${sort}&order=${order}&limit=1`;
    const first = await explainList(path);
    const { nextCursor } = first.body as { nextCursor: string };
    const next = await explainList(`${path}&cursor=${nextCursor}`);
    const labels = encodeURIComponent(JSON.stringify({ team: "a" }));
    const filtered = await explainList(`${path}&name=a&id=b&labels=${labels}`);
    for (const { plans } of [first, next, filtered]) expectIndexes(plans);
  });

  it.each([
    "",
    "actorId[eq]=one",
    "targetId[eq]=one",
    "action[eq]=create&targetType[eq]=secret",
    "statusCode[gte]=400",
    "createdAt[gte]=2020-01-01T00:00:00Z&createdAt[lt]=2100-01-01T00:00:00Z",
    "actorId[in]=one,two&targetId[notIn]=three",
  ])("of the audit log is an index's: %s", async (query) => {
    expectIndexes((await explainList(`/audit/organizations/${organizationId}?${query}`)).plans);
  });

  it("of everything else is an index's", async () => {
    for (const path of [
      "/api-keys",
      "/organizations",
      `/organizations/${organizationId}`,
      `/organizations/${organizationId}/roles`,
      `/organizations/${organizationId}/users`,
    ]) {
      expectIndexes((await explainList(path)).plans);
    }
  });
});

describe("10,000 secrets in one organization", () => {
  it.each([
    ["createdAt", "secrets_by_created_at (organization_id=? AND (created_at,id)<(?,?))"],
    ["updatedAt", "secrets_by_updated_at (organization_id=? AND (updated_at,id)<(?,?))"],
    ["name", "secrets_by_name (organization_id=? AND name<?)"],
  ])("page by seeking in the index of %s, however far the page is", async (sort, seek) => {
    const ids = new Set<string>();
    const queries: SentStatement[][] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      watched.take();
      const path = `/secret/paginated?sort=${sort}&limit=${PAGE_SIZE}&cursor=${cursor}`;
      const { body } = await call(`GET ${path}`);
      expect(body.total).toBe(SECRET_COUNT);
      for (const { id } of body.items) ids.add(id);
      queries.push(watched.take().slice(1));
      cursor = body.nextCursor;
    }
    expect({ ids: ids.size, pages: queries.length }).toEqual({
      ids: SECRET_COUNT,
      pages: SECRET_COUNT / PAGE_SIZE,
    });
    for (const [page, total] of [queries.slice(1)[0] ?? [], queries.at(-1) ?? []]) {
      if (page === undefined || total === undefined) throw new Error("a page is two queries");
      expect(await explainQuery(page)).toEqual([
        { parent: 0, detail: `SEARCH secrets USING INDEX ${seek}` },
      ]);
      // The seek begins right behind the last row, and the limit ends it.
      expect(page.args.at(-1)).toBe(PAGE_SIZE + 1);
      // The total is counted, as the contract wants it: from an index alone, yet row by row.
      const [count] = await explainQuery(total);
      expect(count?.detail).toMatch(/^SEARCH secrets USING COVERING INDEX/);
    }
  });
});

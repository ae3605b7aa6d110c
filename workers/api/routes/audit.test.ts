import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { auditLogs } from "../../../shared/database/schema.ts";
import {
  createTestOrganization,
  openTestDatabase,
  type TestOrganization,
} from "../testing/fixture.ts";
import { createTestIssuer, signIn } from "../testing/issuer.ts";

type Entry = typeof auditLogs.$inferInsert;

/** Puts entries into an organization's audit log, past the API. */
async function addEntries(owner: TestOrganization, entries: Partial<Entry>[]): Promise<void> {
  const rows = entries.map((entry, index) => ({
    id: crypto.randomUUID(),
    organizationId: owner.id,
    actorId: "one",
    actorEmail: "",
    action: "create",
    targetType: "secret",
    statusCode: 201,
    createdAt: 1000 + index,
    ...entry,
  }));
  await openTestDatabase().insert(auditLogs).values(rows);
}

async function createLog(entries: Partial<Entry>[]) {
  const owner = await createTestOrganization();
  if (entries.length > 0) await addEntries(owner, entries);
  const read = async (query = "") => {
    const answer = await owner.call(`GET /audit/organizations/${owner.id}?${query}`);
    expect(answer).toMatchObject({ status: 200 });
    return answer.body;
  };
  return { owner, read };
}

/** The targets of a page's entries. */
function listTargets(page: { items: { targetId?: string }[] }) {
  return page.items.map(({ targetId }) => targetId);
}

describe("the audit log of an organization", () => {
  it("shows who did what, the newest first, without what is not known", async () => {
    const { owner, read } = await createLog([]);
    expect(await read()).toEqual({ items: [], total: 0, page: 1, totalPages: 0 });
    const headers = { "CF-Connecting-IP": "203.0.113.7", "User-Agent": "test/1" };
    const secret = await owner.call("POST /secret", { name: "KEY", value: "private" }, headers);
    const page = await read();
    expect(page).toEqual({
      items: [
        {
          id: expect.any(String),
          actorId: owner.userId,
          actorEmail: "owner@example.com",
          actorApiKeyPrefix: owner.apiKey.slice(0, 8),
          actorApiKeySuffix: owner.apiKey.slice(-3),
          organizationId: owner.id,
          action: "create",
          targetType: "secret",
          targetId: secret.body.id,
          statusCode: 201,
          ipAddress: "203.0.113.7",
          userAgent: "test/1",
          metadata: expect.objectContaining({ name: "KEY", value: "********" }),
          createdAt: expect.stringMatching(/^\d{4}-.+\.\d{3}Z$/),
        },
      ],
      total: 1,
      page: 1,
      totalPages: 1,
    });
  });

  it("is open to owners who sign in, and to roles that may read it", async () => {
    const { owner } = await createLog([]);
    const issuer = await createTestIssuer();
    const path = `/organizations/${owner.id}`;
    const boss = await signIn(issuer, owner.id, { role: "owner" });
    const fields = { name: "auditor", description: "", permissions: ["read:audit_logs"] };
    const role = await boss.call(`POST ${path}/roles`, fields);
    const auditor = await signIn(issuer, owner.id, {
      role: "member",
      assignedRoleIds: [role.body.id],
    });
    for (const { call } of [boss, auditor]) {
      const { body } = await call(`GET /audit${path}`);
      expect(body).toMatchObject({ total: 1, items: [{ targetType: "organization_role" }] });
    }
  });

  it("shows nothing of another organization", async () => {
    const { read } = await createLog([]);
    await createLog([{ targetId: "theirs" }]);
    expect((await read()).total).toBe(0);
    expect((await read("id[notIn]=none&statusCode[gt]=0")).total).toBe(0);
  });
});

describe("the filters of the audit log", () => {
  let log: Awaited<ReturnType<typeof createLog>>;

  beforeAll(async () => {
    log = await createLog([
      { targetId: "a", actorId: "one", statusCode: 201, createdAt: 1000 },
      { targetId: "b", actorId: "two", statusCode: 403, createdAt: 2000, action: "update" },
      { targetId: "c", actorId: "one", statusCode: 404, createdAt: 3000, actorEmail: "x@a.test" },
      { targetId: null, actorId: "two", statusCode: 204, createdAt: 4000, targetType: "sandbox" },
      {
        targetId: "e,f",
        actorId: "3",
        statusCode: 200,
        createdAt: 5000,
        actorApiKeyPrefix: "dtn_a",
      },
    ]);
  });

  it.each<[string, (string | undefined)[]]>([
    ["actorId[eq]=one", ["c", "a"]],
    ["actorId[not]=one", ["e,f", undefined, "b"]],
    ["actorId[in]=one&actorId[in]=3", ["e,f", "c", "a"]],
    ["actorId[in]=one,3", ["e,f", "c", "a"]],
    ["actorId[notIn]=one,two", ["e,f"]],
    ["action[eq]=update", ["b"]],
    ["targetType[eq]=sandbox", [undefined]],
    ["targetId[eq]=e,f", ["e,f"]],
    ["targetId[not]=a", ["e,f", undefined, "c", "b"]],
    ["targetId[notIn]=a,b", ["e,f", undefined, "c"]],
    ["actorEmail[eq]=x%40a.test", ["c"]],
    ["actorEmail[eq]=", ["e,f", undefined, "b", "a"]],
    ["actorApiKeyPrefix[eq]=dtn_a", ["e,f"]],
    ["actorApiKeySuffix[eq]=abc", []],
    ["id[eq]=none", []],
    ["statusCode[eq]=403", ["b"]],
    ["statusCode[not]=403", ["e,f", undefined, "c", "a"]],
    ["statusCode[in]=201,204", [undefined, "a"]],
    ["statusCode[notIn]=201&statusCode[notIn]=204", ["e,f", "c", "b"]],
    ["statusCode[gte]=403", ["c", "b"]],
    ["statusCode[gt]=403", ["c"]],
    ["statusCode[lte]=201", ["e,f", "a"]],
    ["statusCode[lt]=201", ["e,f"]],
    ["createdAt[gte]=1970-01-01T00:00:03Z", ["e,f", undefined, "c"]],
    ["createdAt[gt]=1970-01-01T00:00:03Z", ["e,f", undefined]],
    ["createdAt[lte]=1970-01-01T00:00:02Z", ["b", "a"]],
    ["createdAt[lt]=1970-01-01T00:00:02.000Z", ["a"]],
    ["from=1970-01-01T00:00:02Z&to=1970-01-01T00:00:03Z", ["c", "b"]],
    ["actorId[eq]=one&statusCode[gte]=400", ["c"]],
    ["eq=one&anything=else", ["e,f", undefined, "c", "b", "a"]],
  ])("understand %s", async (query, targets) => {
    const page = await log.read(query);
    expect(listTargets(page)).toEqual(targets);
    expect(page.total).toBe(targets.length);
  });

  it.each([
    ["actorId[like]=a", "actorId[like]: is not a filter"],
    ["source[eq]=a", "source[eq]: is not a filter"],
    ["actorId[gte]=a", "actorId[gte]: is not a filter"],
    ["createdAt[eq]=1970-01-01T00:00:02Z", "createdAt[eq]: is not a filter"],
    ["actorId[eq]=a&actorId[eq]=b", "actorId[eq]: must be given once"],
    ["statusCode[eq]=4xx", "statusCode[eq]: must be a whole number"],
    ["statusCode[in]=200,4xx", "statusCode[in][1]: must be a whole number"],
    ["createdAt[gte]=yesterday", "createdAt[gte]: must be a time such as"],
    ["from=1", "from: must be a time such as"],
    [`id[in]=${"a,".repeat(100)}`, "id[in]: holds more than 100 values"],
    ["id[eq]=%00", "id[eq]: must be well-formed Unicode without NUL"],
    ["page=0", "page: must be a whole number from 1"],
    ["limit=201", "limit: must be at most 200"],
    ["nextToken=!", "nextToken: is not one that this list gave"],
  ])("refuse %s", async (query, message) => {
    const refused = await log.owner.call(`GET /audit/organizations/${log.owner.id}?${query}`);
    expect(refused).toMatchObject({ status: 400, body: { code: "INVALID_REQUEST" } });
    expect(refused.body.message).toContain(message);
  });
});

describe("the pages of the audit log", () => {
  it("are found by number, with the count of all", async () => {
    const targets = Array.from({ length: 7 }, (_, index) => `t${index}`);
    const { read } = await createLog(targets.map((targetId) => ({ targetId })));
    const page = await read("limit=3&page=2");
    expect(listTargets(page)).toEqual(["t3", "t2", "t1"]);
    expect(page).toMatchObject({ total: 7, page: 2, totalPages: 3, nextToken: expect.any(String) });
    const last = await read("limit=3&page=3");
    expect(listTargets(last)).toEqual(["t0"]);
    expect(last).not.toHaveProperty("nextToken");
    expect(await read("limit=3&page=9")).toMatchObject({ items: [], total: 7, page: 9 });
  });

  it("go on from a token, which wins over the number and belongs to its filters", async () => {
    const targets = Array.from({ length: 5 }, (_, index) => `t${index}`);
    const { owner, read } = await createLog(targets.map((targetId) => ({ targetId })));
    const { nextToken } = await read("limit=2&actorId[eq]=one");
    const next = await read(`limit=2&actorId[eq]=one&page=3&nextToken=${nextToken}`);
    expect(listTargets(next)).toEqual(["t2", "t1"]);
    const other = `GET /audit/organizations/${owner.id}?nextToken=${nextToken}`;
    expect(await owner.call(other)).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/^nextToken: was given for another/) },
    });
  });

  it("show each entry exactly once by tokens, while others write", async () => {
    const targets = Array.from({ length: 20 }, (_, index) => `t${index}`);
    const { owner, read } = await createLog(
      targets.map((targetId, index) => ({ targetId, createdAt: 1000 + (index % 4) })),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 25 }), async (limit) => {
        const seen: (string | undefined)[] = [];
        let token = "";
        do {
          const page = await read(`limit=${limit}&nextToken=${token}`);
          seen.push(...listTargets(page));
          token = page.nextToken ?? "";
          await addEntries(owner, [{ targetId: crypto.randomUUID(), createdAt: 1002 }]);
        } while (token !== "");
        const early = seen.filter((target) => targets.includes(target ?? ""));
        expect(early.toSorted()).toEqual(targets.toSorted());
        expect(new Set(seen).size).toBe(seen.length);
      }),
      { numRuns: 8 },
    );
  });
});

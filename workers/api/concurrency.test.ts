import { beforeAll, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../shared/database/database.ts";
import {
  authorize,
  type Call,
  createTestApp,
  createTestOrganization,
  readAuditLog,
  TEST_BINDINGS,
  type TestOrganization,
} from "./testing/fixture.ts";
import { createTestIssuer, signIn, signToken, type TestIssuer } from "./testing/issuer.ts";

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await createTestIssuer();
});

type Kind = {
  what: string;
  targetType: string;
  /** The status of a creation. */
  created: number;
  path: (organizationId: string) => string;
  body: object;
  /** What a list holds of it. */
  readId: (body: { id?: string; name: string }) => string;
};

const getId = ({ id }: { id?: string }) => String(id);

// Each is created by an owner who signs in, who may do everything.
const KINDS: Kind[] = [
  {
    what: "secrets",
    targetType: "secret",
    created: 201,
    path: () => "/secret",
    body: { name: "RACE", value: "v" },
    readId: getId,
  },
  {
    what: "sandboxes",
    targetType: "sandbox",
    created: 200,
    path: () => "/sandbox",
    body: { name: "RACE" },
    readId: getId,
  },
  {
    what: "API keys",
    targetType: "api_key",
    created: 201,
    path: () => "/api-keys",
    body: { name: "RACE", permissions: [] },
    readId: ({ name }) => name,
  },
  {
    what: "roles",
    targetType: "organization_role",
    created: 201,
    path: (id) => `/organizations/${id}/roles`,
    body: { name: "RACE", description: "", permissions: [] },
    readId: getId,
  },
];

async function countNamed(call: Call, path: string): Promise<number> {
  const { status, body } = await call(`GET ${path}`);
  expect(status).toBe(200);
  return (body.items ?? body).filter(({ name }: { name: string }) => name === "RACE").length;
}

async function readStatuses(owner: TestOrganization, targetType: string, action: string) {
  const entries = await readAuditLog(owner.id, targetType);
  return entries
    .filter((entry) => entry.action === action)
    .map(({ statusCode }) => statusCode)
    .toSorted();
}

describe("at once", () => {
  it.each(KINDS)("of many creations of one name one wins: $what", async (kind) => {
    const owner = await createTestOrganization();
    const user = await signIn(issuer, owner.id, { role: "owner" });
    const path = kind.path(owner.id);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => user.call(`POST ${path}`, kind.body)),
    );
    const expected = [kind.created, 409, 409, 409];
    expect(answers.map(({ status }) => status).toSorted()).toEqual(expected);
    expect(await countNamed(user.call, path)).toBe(1);
    expect(await readStatuses(owner, kind.targetType, "create")).toEqual(expected);
  });

  it.each(KINDS)("of many deletions one counts: $what", async (kind) => {
    const owner = await createTestOrganization();
    const user = await signIn(issuer, owner.id, { role: "owner" });
    const path = kind.path(owner.id);
    const created = await user.call(`POST ${path}`, kind.body);
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => user.call(`DELETE ${path}/${kind.readId(created.body)}`)),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([statuses[0], 404, 404]);
    expect(statuses[0]).toBeLessThan(300);
    expect(await countNamed(user.call, path)).toBe(0);
    expect(await readStatuses(owner, kind.targetType, "delete")).toEqual(statuses);
  });

  it("all changes of a role count, in some order, and each is audited", async () => {
    const owner = await createTestOrganization();
    const user = await signIn(issuer, owner.id, { role: "owner" });
    const roles = `/organizations/${owner.id}/roles`;
    const fields = { name: "RACE", description: "", permissions: [] };
    const { id } = (await user.call(`POST ${roles}`, fields)).body;
    const descriptions = ["one", "two", "three"];
    const answers = await Promise.all(
      descriptions.map((description) =>
        user.call(`PUT ${roles}/${id}`, { ...fields, description }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const entries = await readAuditLog(owner.id, "organization_role");
    const changes = entries.filter(({ action }) => action === "update");
    const audited = changes.map(({ metadata }) => String(metadata?.["description"]));
    expect(audited.toSorted()).toEqual(descriptions.toSorted());
    const [role] = (await user.call(`GET ${roles}`)).body;
    expect(descriptions).toContain(role.description);
  });
});

describe("an answer of the database that is lost", () => {
  /** An API that loses, once told to, the answer to the next write: what it did stays done. */
  function createLossyApp() {
    let isLossy = false;
    const call = createTestApp({
      bindings: { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: issuer.audience },
      openDatabase: () =>
        openDatabase({
          url: TEST_BINDINGS.DATABASE_URL,
          timeoutMs: 10_000,
          fetch: async (request, init) => {
            const isWrite = /"(?:insert|update|delete) /i.test(await request.clone().text());
            const answer = await fetch(request, init);
            if (!isLossy || !isWrite) return answer;
            isLossy = false;
            await answer.text();
            throw new TypeError("the connection was lost");
          },
        }),
    });
    const loseNext = () => {
      isLossy = true;
    };
    return { call, loseNext };
  }

  it.each(KINDS)("does no harm when the request is repeated: $what", async (kind) => {
    const owner = await createTestOrganization();
    const { userId } = await signIn(issuer, owner.id, { role: "owner" });
    const lossy = createLossyApp();
    const claims = { sub: userId, email: "owner@example.com" };
    const token = authorize(lossy.call, await signToken(issuer, claims));
    const call: Call = (route, body) =>
      token(route, body, { "X-Daytona-Organization-ID": owner.id });
    const path = kind.path(owner.id);
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);

    lossy.loseNext();
    expect((await call(`POST ${path}`, kind.body)).status).toBe(503);
    expect((await call(`POST ${path}`, kind.body)).status).toBe(409);
    expect(await countNamed(call, path)).toBe(1);
    expect(await readStatuses(owner, kind.targetType, "create")).toEqual([kind.created, 409]);

    const list = (await call(`GET ${path}`)).body;
    const [kept] = (list.items ?? list).filter(({ name }: { name: string }) => name === "RACE");
    lossy.loseNext();
    expect((await call(`DELETE ${path}/${kind.readId(kept)}`)).status).toBe(503);
    expect((await call(`DELETE ${path}/${kind.readId(kept)}`)).status).toBe(404);
    expect(await countNamed(call, path)).toBe(0);
    const deleted = await readStatuses(owner, kind.targetType, "delete");
    expect(deleted).toHaveLength(2);
    expect(deleted.at(-1)).toBe(404);
    log.mockRestore();
  });

  it("lets a repeated change of a secret count once more, and says so by the version", async () => {
    const owner = await createTestOrganization();
    const { body } = await owner.call("POST /secret", { name: "KEY", value: "v" });
    const lossy = createLossyApp();
    const call = authorize(lossy.call, owner.apiKey);
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const route = `PATCH /secret/${body.id}`;
    const change = { description: "new" };
    lossy.loseNext();
    expect((await call(route, change)).status).toBe(503);
    expect(await call(route, change)).toMatchObject({
      status: 200,
      body: { description: "new", version: 3, placeholder: body.placeholder },
    });
    expect(await readStatuses(owner, "secret", "update")).toEqual([200, 200]);
    log.mockRestore();
  });
});

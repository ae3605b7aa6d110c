import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { readRequestOrigin } from "./http/request-origin.ts";
import { ALL_ROUTES } from "./routes/table.ts";
import { callApi, createTestOrganization } from "./testing/fixture.ts";
import { createHostileRequests } from "./testing/hostile-input.ts";
import { createTestIssuer, signIn, type TestIssuer } from "./testing/issuer.ts";

const TIME_LIMIT_MS = 8000;

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await createTestIssuer();
});

it("no input makes a route fail, and what is refused is not stored", {
  timeout: 60_000,
}, async () => {
  const { id } = await createTestOrganization();
  const { call } = await signIn(issuer, id, { role: "owner" });
  const requests = fc.oneof(
    ...ALL_ROUTES.filter(({ status }) => status !== 101).map((route) =>
      createHostileRequests(route, id),
    ),
  );
  const counts = { secrets: 0, sandboxes: 0, roles: 0, keys: 1 };
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: 8, maxLength: 8 }), async (batch) => {
      const answers = await Promise.all(batch.map(({ route, body }) => call(route, body)));
      for (const [index, { status }] of answers.entries()) {
        const route = batch[index]?.route ?? "";
        if (!route.includes("/toolbox/")) expect(status, route).toBeLessThan(500);
        count(counts, route, status);
      }
    }),
    { numRuns: 1000, interruptAfterTimeLimit: TIME_LIMIT_MS, markInterruptAsFailure: false },
  );
  const stored = await Promise.all(
    ["/secret", "/sandbox?limit=200", `/organizations/${id}/roles`, "/api-keys"].map((path) =>
      call(`GET ${path}`),
    ),
  );
  expect(stored.map(({ body }) => (body.items ?? body).length)).toEqual(Object.values(counts));
});

function count(counts: Record<string, number>, route: string, status: number): void {
  const kind = [
    ["secrets", /^\w+ \/secret\b/],
    ["sandboxes", /^(?:POST|DELETE) \/sandbox(?:\/[^/]*)?(?:\?|$)/],
    ["roles", /^\w+ \/organizations\/[^/]+\/roles/],
    ["keys", /^\w+ \/api-keys/],
  ].find(([, pattern]) => (pattern as RegExp).test(route))?.[0] as string | undefined;
  if (kind === undefined || status >= 300) return;
  if (route.startsWith("POST")) counts[kind] = (counts[kind] ?? 0) + 1;
  if (route.startsWith("DELETE")) counts[kind] = (counts[kind] ?? 0) - 1;
}

describe("a value of a body", () => {
  it("is measured in characters, not in halves of them", async () => {
    const { call } = await createTestOrganization();
    const secret = { name: "A", value: "v", description: "😀".repeat(1024) };
    expect(await call("POST /secret", secret)).toMatchObject({ status: 201 });
    expect(
      await call("POST /secret", { ...secret, name: "B", description: "😀".repeat(1025) }),
    ).toMatchObject({
      status: 400,
      body: { message: "description: is longer than 1024 characters" },
    });
  });

  it.each([
    ["a NUL", String.raw`"a\u0000b"`],
    ["half of a surrogate pair", String.raw`"a\ud83d"`],
  ])("is refused with %s", async (_, spelt) => {
    const { call } = await createTestOrganization();
    for (const field of ["value", "description"]) {
      const body = `{"name":"A",${field === "value" ? "" : '"value":"v",'}"${field}":${spelt}}`;
      expect(await call("POST /secret", body)).toMatchObject({
        status: 400,
        body: { message: `${field}: must be well-formed Unicode without NUL` },
      });
    }
    expect((await call("GET /secret")).body).toEqual([]);
  });

  it.each(["constructor", "toString", "hasOwnProperty", "valueOf"])(
    "may name a variable %s, which objects have by themselves",
    async (variable) => {
      const { call } = await createTestOrganization();
      await call("POST /secret", { name: "A", value: "v" });
      const { status, body } = await call("POST /sandbox", {
        env: { [`x${variable}`]: "1" },
        labels: { [variable]: "label" },
        secrets: [{ [variable]: "A" }],
      });
      expect(status).toBe(200);
      expect(Object.keys(body.env).sort()).toEqual([variable, `x${variable}`].sort());
      expect(body.labels).toEqual({ [variable]: "label" });
    },
  );
});

describe("a query", () => {
  it("is refused where it gives a parameter twice", async () => {
    const { call } = await createTestOrganization();
    expect(await call("GET /secret/paginated?limit=1&limit=2")).toMatchObject({
      status: 400,
      body: { message: "limit: must be given once" },
    });
  });

  it("is refused where it filters by more labels than the database can judge", async () => {
    const { call } = await createTestOrganization();
    const labels = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [index, ""]));
    const query = encodeURIComponent(JSON.stringify(labels));
    expect(await call(`GET /sandbox?labels=${query}`)).toMatchObject({
      status: 400,
      body: { message: "labels: holds more than 100 labels" },
    });
  });
});

describe("a header", () => {
  it.each([
    "Bearer",
    "Bearer ",
    "Basic dXNlcjpwYXNz",
    `Bearer dtn_${"z".repeat(64)}`,
    `Bearer dtn_${"0".repeat(64)} `,
    `Bearer ${"a".repeat(8000)}`,
    "Bearer a.b.c",
    "Bearer ..",
    "Bearer eyJhbGciOiJub25lIn0.e30.",
    "bearer bearer bearer",
  ])("is refused as a credential: %s", async (Authorization) => {
    for (const call of [callApi, issuer.callApi]) {
      expect(await call("GET /secret", undefined, { Authorization })).toMatchObject({
        status: 401,
        body: { code: "UNAUTHORIZED" },
      });
    }
  });

  it("is cut to well-formed text before it is written down", () => {
    const given = { get: () => `${"a".repeat(511)}😀` };
    expect(readRequestOrigin(given).userAgent).toBe(`${"a".repeat(511)}\ufffd`);
  });
});

describe("a path", () => {
  it.each([
    ["GET /secret/%00", 400],
    ["GET /secret/%ED%A0%80", 404],
    ["GET /secret/%", 404],
    ["GET /secret/%2e%2e%2f", 404],
    ["GET /secret//", 404],
    ["GET //secret", 404],
    ["GET /secret/a/b/c", 404],
    [`GET /secret/${"a".repeat(8000)}`, 404],
    ["GET /__proto__", 404],
    ["GET /sandbox/__proto__", 404],
    ["OPTIONS /secret", 405],
    ["HEAD /secret", 200],
  ])("is judged: %s answers %i", async (route, status) => {
    const { call } = await createTestOrganization();
    expect((await call(route)).status).toBe(status);
  });
});

import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { createSandboxTokenVerifier } from "../../../shared/sandbox-token.ts";
import {
  createTestOrganization,
  TEST_BINDINGS,
  type TestOrganization,
} from "../testing/fixture.ts";

const HOUR_MS = 3_600_000;

async function addSecret(owner: TestOrganization, name: string): Promise<string> {
  const created = await owner.call("POST /secret", { name, value: `value of ${name}` });
  expect(created.status).toBe(201);
  return created.body.placeholder;
}

async function createSandbox(owner: TestOrganization, fields: object = {}) {
  const created = await owner.call("POST /sandbox", fields);
  expect(created).toMatchObject({ status: 200 });
  return created.body;
}

/** The public half of the deployment's signing keys, as the egress has it. */
function createVerifier() {
  const { keys } = JSON.parse(String(TEST_BINDINGS["SANDBOX_TOKEN_SIGNING_KEYS"]));
  const publicKeys = keys.map(({ d: _, ...key }: { d: string }) => key);
  return createSandboxTokenVerifier(JSON.stringify({ keys: publicKeys }));
}

describe("creating a sandbox", () => {
  it("answers every required field, none of them null", async () => {
    const owner = await createTestOrganization();
    const { egress, ...sandbox } = await createSandbox(owner);
    expect(sandbox).toEqual({
      id: expect.any(String),
      organizationId: owner.id,
      name: sandbox.id,
      user: "daytona",
      env: {},
      labels: {},
      public: false,
      networkBlockAll: false,
      target: "egret",
      cpu: 1,
      gpu: 0,
      memory: 1,
      disk: 3,
      state: "started",
      toolboxProxyUrl: "https://api.test/api/toolbox",
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
    expect(egress).toMatchObject({ url: "https://egress.test", token: expect.any(String) });
  });

  it("echoes what it is given and shows placeholders beside the caller's variables", async () => {
    const owner = await createTestOrganization();
    const placeholder = await addSecret(owner, "KEY");
    const sandbox = await createSandbox(owner, {
      name: "box",
      env: { MODE: "test", constructor: "1" },
      labels: { team: "a b" },
      secrets: [{ API_KEY: "KEY" }, { SAME_KEY: "KEY" }],
      domainAllowList: "API.example.com, *.example.org",
      snapshot: "base",
      autoStopInterval: 0,
      cpu: 0.5,
      networkAllowList: null,
      volumes: [],
      buildInfo: { dockerfileContent: "FROM scratch" },
    });
    expect(sandbox).toMatchObject({
      name: "box",
      env: { MODE: "test", constructor: "1", API_KEY: placeholder, SAME_KEY: placeholder },
      labels: { team: "a b" },
      domainAllowList: "api.example.com,*.example.org",
      snapshot: "base",
      autoStopInterval: 0,
      cpu: 0.5,
    });
    expect((await owner.call("GET /sandbox/box")).body).toEqual({ ...sandbox, egress: undefined });
  });

  it("takes variables and labels named like parts of every object", async () => {
    const owner = await createTestOrganization();
    const created = await owner.call(
      "POST /sandbox",
      '{"env":{"constructor":"1"},"labels":{"toString":"2"}}',
    );
    expect(created.status).toBe(200);
    expect(created.body).toMatchObject({ env: { constructor: "1" }, labels: { toString: "2" } });
  });

  it("refuses the one name that no object can be given", async () => {
    const owner = await createTestOrganization();
    const { status, body } = await owner.call("POST /sandbox", '{"env":{"__proto__":"1"}}');
    expect({ status, code: body.code }).toEqual({ status: 400, code: "INVALID_REQUEST" });
    expect(body.message).toContain("__proto__");
  });

  it("gives a token for the egress that names sandbox and organization, for 24 hours", async () => {
    const owner = await createTestOrganization();
    const { id, egress } = await createSandbox(owner);
    const now = Date.now();
    expect(await createVerifier()(egress.token, now)).toEqual({
      sandboxId: id,
      organizationId: owner.id,
      expiresAt: Date.parse(egress.expiresAt),
    });
    expect(Math.abs(Date.parse(egress.expiresAt) - now - 24 * HOUR_MS)).toBeLessThan(5000);
  });

  it("lets the token last as long as the sandbox may live", async () => {
    const owner = await createTestOrganization();
    const { egress } = await createSandbox(owner, { ttlMinutes: 60 });
    const { iat = 0, exp = 0 } = decodeJwt(egress.token);
    expect(exp - iat).toBe(3600);
  });

  it("refuses a second sandbox of one name", async () => {
    const owner = await createTestOrganization();
    await createSandbox(owner, { name: "box" });
    expect(await owner.call("POST /sandbox", { name: "box" })).toMatchObject({
      status: 409,
      body: { message: "A sandbox named box exists already" },
    });
  });

  it.each<[string, object, string]>([
    [
      "a secret that does not exist",
      { secrets: [{ A: "NONE" }] },
      "secrets: there is no secret named NONE",
    ],
    [
      "an entry of two keys",
      { secrets: [{ A: "KEY", B: "KEY" }] },
      "secrets[0]: must have exactly one key",
    ],
    ["an entry without a key", { secrets: [{}] }, "secrets[0]: must have exactly one key"],
    [
      "a variable given twice",
      { secrets: [{ A: "KEY" }, { A: "KEY" }] },
      "secrets[1]: the environment variable is given twice",
    ],
    [
      "a variable that is also in env",
      { secrets: [{ A: "KEY" }], env: { A: "1" } },
      "secrets: A is also set in env",
    ],
    ["a name that is no variable", { secrets: [{ "A-B": "KEY" }] }, "secrets[0]: the key must be"],
    ["a secret's name that is none", { secrets: [{ A: "a b" }] }, "secrets[0]: the value must be"],
    [
      "secrets too many",
      { secrets: Array.from({ length: 101 }, (_, i) => ({ [`A${i}`]: "KEY" })) },
      "secrets: a sandbox mounts 100",
    ],
    ["networks", { networkAllowList: "10.0.0.0/8" }, "networkAllowList: networks cannot be judged"],
    [
      "two network rules",
      { networkBlockAll: true, domainAllowList: "a.example" },
      "networkBlockAll: cannot stand beside",
    ],
    [
      "a domain with a path",
      { domainAllowList: "a.example/x" },
      "domainAllowList: a host has no path",
    ],
    ["env that is no text", { env: { A: 1 } }, "env.A: must be a string"],
    ["a variable with =", { env: { "A=B": "1" } }, "env.A=B: the name of a variable holds no ="],
    ["labels that are a list", { labels: ["a"] }, "labels: must be an object of strings"],
    ["a lifetime of half a minute", { ttlMinutes: 0.5 }, "ttlMinutes: must be a whole number"],
    ["a negative size", { memory: -1 }, "memory: must not be negative"],
  ])("refuses %s", async (_, fields, message) => {
    const owner = await createTestOrganization();
    await addSecret(owner, "KEY");
    const refused = await owner.call("POST /sandbox", fields);
    expect(refused).toMatchObject({ status: 400, body: { code: "INVALID_REQUEST" } });
    expect(refused.body.message).toContain(message);
    expect((await owner.call("GET /sandbox")).body.items).toEqual([]);
  });
});

describe("finding sandboxes", () => {
  it("finds one by id before one by name", async () => {
    const owner = await createTestOrganization();
    const first = await createSandbox(owner, { name: "first" });
    await createSandbox(owner, { name: first.id.toUpperCase() });
    const { body } = await owner.call(`GET /sandbox/${first.id}`);
    expect(body.name).toBe("first");
    expect((await owner.call("GET /sandbox/first")).body.id).toBe(first.id);
    expect((await owner.call("GET /sandbox/other")).status).toBe(404);
  });

  it("pages, filters and sorts", async () => {
    const owner = await createTestOrganization();
    const made: { id: string }[] = [];
    for (const [name, team] of [
      ["b1", "x"],
      ["a2", "y"],
      ["B3", "x"],
    ] as const) {
      made.push(await createSandbox(owner, { name, labels: { team, 'odd"key': "%" } }));
    }
    const list = async (query: string) => {
      const { status, body } = await owner.call(`GET /sandbox?${query}`);
      expect(status).toBe(200);
      return {
        names: body.items.map((item: { name: string }) => item.name),
        next: body.nextCursor,
      };
    };
    expect(await list("name=B&sort=name&order=asc")).toEqual({ names: ["B3", "b1"], next: null });
    const labels = encodeURIComponent(JSON.stringify({ team: "x", 'odd"key': "%" }));
    expect((await list(`labels=${labels}&order=asc`)).names).toEqual(["b1", "B3"]);
    expect((await list(`id=${made[1]?.id.slice(0, 13)}`)).names).toEqual(["a2"]);
    expect((await list("states=stopped")).names).toEqual([]);
    expect((await list("states=stopped&states=started")).names).toHaveLength(3);
    const first = await list("sort=memoryGib&limit=2");
    const second = await list(`sort=memoryGib&limit=2&cursor=${first.next}`);
    expect([...first.names, ...second.names].toSorted()).toEqual(["B3", "a2", "b1"]);
    expect(second.next).toBeNull();
    const foreign = await owner.call(`GET /sandbox?name=b&cursor=${first.next}`);
    expect(foreign).toMatchObject({ status: 400 });
  });

  it.each([
    ["labels=x", "labels: must be a JSON object of strings"],
    ["labels=%7B%22a%22%3A1%7D", "labels: must be a JSON object of strings"],
    ["sort=color", "sort: must be one of name"],
  ])("refuses %s", async (query, message) => {
    const owner = await createTestOrganization();
    const refused = await owner.call(`GET /sandbox?${query}`);
    expect(refused.status).toBe(400);
    expect(refused.body.message).toContain(message);
  });
});

describe("the secrets of a sandbox", () => {
  it("are replaced as a whole, and all unmounted by an empty list", async () => {
    const owner = await createTestOrganization();
    const one = await addSecret(owner, "ONE");
    const two = await addSecret(owner, "TWO");
    const { id } = await createSandbox(owner, { env: { A: "1" }, secrets: [{ X: "ONE" }] });
    const replaced = await owner.call(`PUT /sandbox/${id}/secrets`, {
      secrets: [{ Y: "TWO" }, { Z: "ONE" }],
    });
    expect(replaced).toMatchObject({ status: 200 });
    expect(replaced.body.env).toEqual({ A: "1", Y: two, Z: one });
    const emptied = await owner.call(`PUT /sandbox/${id}/secrets`, { secrets: [] });
    expect(emptied.body.env).toEqual({ A: "1" });
  });

  it("stay as they are when the new ones are refused", async () => {
    const owner = await createTestOrganization();
    const one = await addSecret(owner, "ONE");
    const { id } = await createSandbox(owner, { env: { A: "1" }, secrets: [{ X: "ONE" }] });
    const attempts: [unknown, string][] = [
      [{ secrets: [{ Y: "ONE" }, { Z: "NONE" }] }, "secrets: there is no secret named NONE"],
      [{ secrets: [{ A: "ONE" }] }, "secrets: A is also set in env"],
      [{ secrets: {} }, "secrets: must be a list"],
      [{}, "secrets: is required"],
    ];
    for (const [body, message] of attempts) {
      const refused = await owner.call(`PUT /sandbox/${id}/secrets`, body);
      expect(refused.status).toBe(400);
      expect(refused.body.message).toContain(message);
    }
    expect((await owner.call(`GET /sandbox/${id}`)).body.env).toEqual({ A: "1", X: one });
  });

  it("lose a secret that is deleted", async () => {
    const owner = await createTestOrganization();
    await addSecret(owner, "ONE");
    const { id } = await createSandbox(owner, { secrets: [{ X: "ONE" }] });
    const [secret] = (await owner.call("GET /secret")).body;
    await owner.call(`DELETE /secret/${secret.id}`);
    await addSecret(owner, "ONE");
    expect((await owner.call(`GET /sandbox/${id}`)).body.env).toEqual({});
  });

  it("are never answered in plain text", async () => {
    const owner = await createTestOrganization();
    await addSecret(owner, "ONE");
    const { id } = await createSandbox(owner, { secrets: [{ X: "ONE" }] });
    expect(await owner.call(`GET /sandbox/${id}/secrets`)).toMatchObject({ status: 403 });
    expect(await owner.call("GET /sandbox/none/secrets")).toMatchObject({ status: 403 });
  });
});

describe("a sandbox", () => {
  it("gets a fresh token, with and without a body", async () => {
    const owner = await createTestOrganization();
    const { id } = await createSandbox(owner, { name: "box" });
    for (const [body, seconds] of [
      [undefined, 86_400],
      [{}, 86_400],
      [{ ttlMinutes: 5 }, 300],
    ]) {
      const issued = await owner.call("POST /sandbox/box/egress-token", body);
      expect(issued).toMatchObject({ status: 201, body: { url: "https://egress.test" } });
      const { sub, iat = 0, exp = 0 } = decodeJwt(issued.body.token);
      expect({ sub, lifetime: exp - iat }).toEqual({ sub: id, lifetime: seconds });
      expect(Date.parse(issued.body.expiresAt)).toBe(exp * 1000);
    }
    expect((await owner.call("POST /sandbox/none/egress-token")).status).toBe(404);
  });

  it("points its toolbox at this host, which serves none", async () => {
    const owner = await createTestOrganization();
    const { id } = await createSandbox(owner);
    const { body } = await owner.call(`GET /sandbox/${id}/toolbox-proxy-url`);
    expect(body).toEqual({ url: "https://api.test/api/toolbox" });
    for (const method of ["GET", "POST"]) {
      expect(await owner.call(`${method} /toolbox/${id}/process/execute`)).toMatchObject({
        status: 501,
        body: { code: "NOT_IMPLEMENTED", message: expect.stringContaining("does not run") },
      });
    }
  });

  it("is answered as destroyed when it is deleted, and is gone", async () => {
    const owner = await createTestOrganization();
    const placeholder = await addSecret(owner, "KEY");
    const { id } = await createSandbox(owner, { name: "box", secrets: [{ K: "KEY" }] });
    expect(await owner.call("DELETE /sandbox/box")).toMatchObject({
      status: 200,
      body: { id, state: "destroyed", env: { K: placeholder } },
    });
    expect((await owner.call(`GET /sandbox/${id}`)).status).toBe(404);
    expect((await owner.call(`DELETE /sandbox/${id}`)).status).toBe(404);
  });
});

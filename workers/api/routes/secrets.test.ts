import { describe, expect, it } from "vitest";
import { secrets } from "../../../shared/database/schema.ts";
import {
  MAX_HOSTS_PER_SECRET,
  MAX_SECRET_VALUE_BYTES,
  MAX_UNPAGED_SECRETS,
} from "../../../shared/limits.ts";
import {
  authorize,
  createTestApp,
  createTestOrganization,
  openTestDatabase,
  type TestOrganization,
} from "../testing/fixture.ts";
import { createSecretRow } from "../testing/secret-row.ts";

const VALUE = "sk-the-value-that-nobody-may-read";
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

async function createSecret(owner: TestOrganization, fields: object = {}) {
  const created = await owner.call("POST /secret", { name: "KEY", value: VALUE, ...fields });
  expect(created).toMatchObject({ status: 201 });
  return created.body;
}

describe("creating a secret", () => {
  it("answers the fields of the contract and never the value", async () => {
    const owner = await createTestOrganization();
    const created = await owner.call("POST /secret", {
      name: "OPENAI_KEY",
      value: VALUE,
      description: "For the demo",
      hosts: ["API.OpenAI.com", "*.example.com"],
      locations: { headers: ["Authorization"], body: true, path: false },
      ignored: "unknown",
    });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      name: "OPENAI_KEY",
      description: "For the demo",
      placeholder: expect.stringMatching(/^dtn_secret_[a-z0-9]{32}$/),
      hosts: ["api.openai.com", "*.example.com"],
      locations: { headers: ["authorization"], body: true, path: false },
      version: 1,
      createdAt: expect.stringMatching(TIME),
      updatedAt: expect.stringMatching(TIME),
    });
  });

  it("answers an empty list of hosts and leaves out what is not set", async () => {
    const owner = await createTestOrganization();
    const secret = await createSecret(owner, { description: null, hosts: null, locations: null });
    expect(secret.hosts).toEqual([]);
    expect(Object.keys(secret)).not.toContain("description");
    expect(Object.keys(secret)).not.toContain("locations");
    expect(Object.keys(secret)).not.toContain("lastUsedAt");
  });

  it("keeps each host once, in its normal form", async () => {
    const owner = await createTestOrganization();
    const secret = await createSecret(owner, {
      hosts: ["a.example", "A.EXAMPLE", "münchen.example"],
    });
    expect(secret.hosts).toEqual(["a.example", "xn--mnchen-3ya.example"]);
  });

  it("keeps the value as ciphertext only", async () => {
    const owner = await createTestOrganization();
    await createSecret(owner);
    const rows = await openTestDatabase().select().from(secrets);
    expect(JSON.stringify(rows)).not.toContain(VALUE);
  });

  it("takes a value of exactly 64 KiB of UTF-8 and no more", async () => {
    const owner = await createTestOrganization();
    const longest = "é".repeat(MAX_SECRET_VALUE_BYTES / 2);
    await createSecret(owner, { value: longest });
    expect(await owner.call("POST /secret", { name: "LONG", value: `${longest}x` })).toMatchObject({
      status: 400,
      body: { message: "value: is longer than 65536 bytes" },
    });
  });

  it("refuses a second secret of one name", async () => {
    const owner = await createTestOrganization();
    await createSecret(owner);
    expect(await owner.call("POST /secret", { name: "KEY", value: "other" })).toMatchObject({
      status: 409,
      body: { code: "CONFLICT", message: "A secret named KEY exists already" },
    });
  });

  it("lets one of two creations of one name at once win", async () => {
    const owner = await createTestOrganization();
    const answers = await Promise.all(
      ["one", "two", "three"].map((value) => owner.call("POST /secret", { name: "RACE", value })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await owner.call("GET /secret")).body).toHaveLength(1);
  });

  it("keeps no more secrets than the organization may", async () => {
    const owner = await createTestOrganization();
    const call = authorize(
      createTestApp({ settings: { maxSecretsPerOrganization: 2 } }),
      owner.apiKey,
    );
    for (const name of ["A", "B"]) {
      expect((await call("POST /secret", { name, value: VALUE })).status).toBe(201);
    }
    expect(await call("POST /secret", { name: "C", value: VALUE })).toMatchObject({
      status: 400,
      body: { code: "LIMIT_EXCEEDED", message: "An organization keeps 2 secrets at most" },
    });
  });

  it.each<[string, unknown, string]>([
    ["no body", undefined, "body: is required"],
    ["a body that is a list", [], "body: must be a JSON object"],
    ["a body that is null", "null", "body: must be a JSON object"],
    ["no name", { value: "v" }, "name: is required"],
    ["a name that is no string", { name: 1, value: "v" }, "name: must be a string"],
    ["a name that begins with a digit", { name: "1A", value: "v" }, "name: must begin with"],
    ["a name with a newline at its end", { name: "A\n", value: "v" }, "name: must begin with"],
    ["a name too long", { name: "A".repeat(257), value: "v" }, "name: is longer than 256"],
    ["no value", { name: "A" }, "value: is required"],
    ["an empty value", { name: "A", value: "" }, "value: must not be empty"],
    ["a value with NUL", { name: "A", value: "a\0b" }, "value: must be well-formed"],
    ["a value with half a pair", '{"name":"A","value":"\\ud800"}', "value: must be well-formed"],
    [
      "a description too long",
      { name: "A", value: "v", description: "d".repeat(1025) },
      "description: is longer than 1024",
    ],
    [
      "hosts that are no list",
      { name: "A", value: "v", hosts: "a.example" },
      "hosts: must be a list",
    ],
    [
      "a host with a port",
      { name: "A", value: "v", hosts: ["a.example", "b.example:443"] },
      "hosts[1]: a host has no port",
    ],
    ["a host that is null", { name: "A", value: "v", hosts: [null] }, "hosts[0]: must be a string"],
    [
      "hosts too many",
      { name: "A", value: "v", hosts: Array(MAX_HOSTS_PER_SECRET + 1).fill("a.example") },
      "hosts: a secret lists 100",
    ],
    [
      "locations that allow none",
      { name: "A", value: "v", locations: { headers: [] } },
      "locations: must allow at least one",
    ],
    [
      "a location that is no header",
      { name: "A", value: "v", locations: { headers: ["a b"] } },
      "locations.headers",
    ],
  ])("refuses %s", async (_, body, message) => {
    const owner = await createTestOrganization();
    const refused = await owner.call("POST /secret", body);
    expect(refused).toMatchObject({ status: 400, body: { code: "INVALID_REQUEST" } });
    expect(refused.body.message).toContain(message);
    expect((await owner.call("GET /secret")).body).toEqual([]);
  });

  it("names every field at fault in one string", async () => {
    const owner = await createTestOrganization();
    const refused = await owner.call("POST /secret", { name: "", hosts: [""] });
    expect(refused.body.message).toMatch(/^name: .+; value: is required; hosts\[0\]: .+$/);
  });
});

describe("changing a secret", () => {
  it("changes what is given, keeps the rest and counts the version", async () => {
    const owner = await createTestOrganization();
    const secret = await createSecret(owner, { hosts: ["a.example"], description: "old" });
    const changed = await owner.call(`PATCH /secret/${secret.id}`, {
      description: "new",
      value: null,
      name: "OTHER",
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({
      ...secret,
      description: "new",
      version: 2,
      updatedAt: expect.stringMatching(TIME),
    });
    expect((await owner.call(`GET /secret/${secret.id}`)).body).toEqual(changed.body);
  });

  it("leaves the secret as it is when nothing is given", async () => {
    const owner = await createTestOrganization();
    const secret = await createSecret(owner);
    expect((await owner.call(`PATCH /secret/${secret.id}`, {})).body).toEqual(secret);
  });

  it("takes an empty list of hosts for what it says", async () => {
    const owner = await createTestOrganization();
    const { id } = await createSecret(owner, { hosts: ["a.example"] });
    expect((await owner.call(`PATCH /secret/${id}`, { hosts: [] })).body.hosts).toEqual([]);
  });

  it("takes an empty list of hosts from the Java SDK for unchanged", async () => {
    const owner = await createTestOrganization();
    const { id } = await createSecret(owner, { hosts: ["a.example"] });
    const java = { "X-Daytona-Source": "sdk-java" };
    const changed = await owner.call(`PATCH /secret/${id}`, { value: "next", hosts: [] }, java);
    expect(changed.body).toMatchObject({ hosts: ["a.example"], version: 2 });
    const replaced = await owner.call(`PATCH /secret/${id}`, { hosts: ["b.example"] }, java);
    expect(replaced.body.hosts).toEqual(["b.example"]);
  });

  it("applies every one of many changes at once", async () => {
    const owner = await createTestOrganization();
    const { id } = await createSecret(owner);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        owner.call(`PATCH /secret/${id}`, { description: `change ${index}` }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(answers.map(({ body }) => body.version).sort()).toEqual([2, 3, 4, 5, 6, 7]);
  });
});

describe("deleting a secret", () => {
  it("answers 204 once and 404 from then on", async () => {
    const owner = await createTestOrganization();
    const { id } = await createSecret(owner);
    expect(await owner.call(`DELETE /secret/${id}`)).toMatchObject({ status: 204, text: "" });
    for (const method of ["GET", "DELETE"]) {
      expect((await owner.call(`${method} /secret/${id}`)).status).toBe(404);
    }
    expect((await owner.call(`PATCH /secret/${id}`, { value: "v" })).status).toBe(404);
  });

  it("gives the name free", async () => {
    const owner = await createTestOrganization();
    const first = await createSecret(owner);
    await owner.call(`DELETE /secret/${first.id}`);
    const second = await createSecret(owner);
    expect(second.placeholder).not.toBe(first.placeholder);
  });
});

describe("listing all secrets", () => {
  it("points at the paginated route where they are too many for one answer", async () => {
    const owner = await createTestOrganization();
    const database = openTestDatabase();
    const rows = Array.from({ length: MAX_UNPAGED_SECRETS }, (_, index) =>
      createSecretRow({ organizationId: owner.id, name: `S${index}` }),
    );
    while (rows.length > 0) await database.insert(secrets).values(rows.splice(0, 500));
    expect((await owner.call("GET /secret")).body).toHaveLength(MAX_UNPAGED_SECRETS);
    await database
      .insert(secrets)
      .values(createSecretRow({ organizationId: owner.id, name: "ONE_MORE" }));
    const refused = await owner.call("GET /secret");
    expect(refused).toMatchObject({ status: 400, body: { code: "LIMIT_EXCEEDED" } });
    expect(refused.body.message).toContain("/secret/paginated");
  });
});

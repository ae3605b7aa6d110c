import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../../shared/database/database.ts";
import { secrets } from "../../../shared/database/schema.ts";
import { parseMasterKeys } from "../../../shared/encryption/master-keys.ts";
import {
  createSandbox,
  mountSecrets,
  openTestDatabase,
  type TestSandbox,
} from "../testing/fixture.ts";
import { readLog } from "../testing/leak-net.ts";
import { breakDatabase, countGrantReads, getSeen, listSeen } from "../testing/upstream.ts";
import { readGrants } from "./database.ts";
import type { SandboxGrants } from "./grants.ts";
import { createGrantsCache } from "./kv.ts";
import { createSandboxLoader } from "./load.ts";

const bindings = env as unknown as {
  GRANTS: KVNamespace;
  DATABASE_URL: string;
  MASTER_KEYS: string;
};

async function readEntry(sandbox: TestSandbox): Promise<SandboxGrants | null> {
  return await bindings.GRANTS.get(`grants/v1/${sandbox.id}`, "json");
}

async function writeEntry(sandbox: TestSandbox, entry: string): Promise<void> {
  await bindings.GRANTS.put(`grants/v1/${sandbox.id}`, entry);
}

async function callWithKey(sandbox: TestSandbox): Promise<Response> {
  return sandbox.call(`https://${sandbox.host}/`, {
    headers: { "X-Key": sandbox.secrets[0]?.placeholder as string },
  });
}

describe("what is read from the database", () => {
  test("all that a sandbox may use, under every variable, values only as ciphertext", async () => {
    const sandbox = await createSandbox({
      secrets: [{ environmentVariables: ["A", "B"], locations: { headers: true } }, {}],
      domainAllowList: "a.example, *.b.example",
    });
    const [first, second] = sandbox.secrets;
    const identity = {
      sandboxId: sandbox.id,
      organizationId: sandbox.organizationId,
      expiresAt: 0,
    };
    const grants = await readGrants(openTestDatabase(), identity, 42);
    expect(grants).toMatchObject({
      readAt: 42,
      organizationId: sandbox.organizationId,
      sandbox: { networkBlockAll: false, domainAllowList: ["a.example", "*.b.example"] },
      grants: [
        {
          placeholder: first?.placeholder,
          environmentVariables: ["A", "B"],
          locations: { headers: true },
          hosts: [sandbox.host],
          version: 1,
        },
        { placeholder: second?.placeholder, environmentVariables: ["KEY_1"], locations: null },
      ],
    });
    expect(JSON.stringify(grants)).not.toContain(first?.value);
  });

  test("nothing for a sandbox of another organization", async () => {
    const sandbox = await createSandbox();
    const identity = { sandboxId: sandbox.id, organizationId: crypto.randomUUID(), expiresAt: 0 };
    expect(await readGrants(openTestDatabase(), identity, 1)).toMatchObject({
      sandbox: null,
      grants: [],
    });
  });
});

describe("Workers KV", () => {
  test("holds the grants after the first request, and no value", async () => {
    const sandbox = await createSandbox();
    await callWithKey(sandbox);
    await expect.poll(() => readEntry(sandbox)).not.toBeNull();
    const entry = await readEntry(sandbox);
    expect(entry?.grants[0]?.placeholder).toBe(sandbox.secrets[0]?.placeholder);
    expect(JSON.stringify(entry)).not.toContain(sandbox.secrets[0]?.value);
  });

  test.each([
    ["no JSON", () => "{"],
    ["null", () => "null"],
    ["a text", () => '"grants"'],
    ["a list", () => "[]"],
    ["no sandbox", (fresh: object) => JSON.stringify({ ...fresh, sandbox: undefined })],
    ["a sandbox that is none", (fresh: object) => JSON.stringify({ ...fresh, sandbox: {} })],
    [
      "a list of hosts that is none",
      (fresh: object) =>
        JSON.stringify({ ...fresh, sandbox: { networkBlockAll: false, domainAllowList: "a" } }),
    ],
    ["a grant that is none", (fresh: object) => JSON.stringify({ ...fresh, grants: [{}] })],
    ["a grant of null", (fresh: object) => JSON.stringify({ ...fresh, grants: [null] })],
    ["grants that are none", (fresh: object) => JSON.stringify({ ...fresh, grants: {} })],
    ["a time that is none", (fresh: object) => JSON.stringify({ ...fresh, readAt: "now" })],
    [
      "an entry from the future",
      (fresh: object) => JSON.stringify({ ...fresh, readAt: Date.now() + 60_000 }),
    ],
    ["a stale entry", (fresh: object) => JSON.stringify({ ...fresh, readAt: Date.now() - 10_000 })],
    [
      "another organization's entry",
      (fresh: object) => JSON.stringify({ ...fresh, organizationId: crypto.randomUUID() }),
    ],
  ])("with %s is a miss: the database is asked", async (_what, makeEntry) => {
    const sandbox = await createSandbox();
    const fresh = {
      readAt: Date.now(),
      organizationId: sandbox.organizationId,
      sandbox: { networkBlockAll: false, domainAllowList: null },
      grants: [],
    };
    await writeEntry(sandbox, makeEntry(fresh));
    expect((await callWithKey(sandbox)).status).toBe(200);
    expect(await countGrantReads(sandbox.id)).toBe(1);
    expect((await getSeen(sandbox.host)).headers["x-key"]).toBe(sandbox.secrets[0]?.value);
  });

  test("with a fresh entry saves the database", async () => {
    const sandbox = await createSandbox();
    const entry = {
      readAt: Date.now(),
      organizationId: sandbox.organizationId,
      sandbox: { networkBlockAll: true, domainAllowList: null },
      grants: [],
    };
    await writeEntry(sandbox, JSON.stringify(entry));
    expect((await callWithKey(sandbox)).status).toBe(403);
    expect(await countGrantReads(sandbox.id)).toBe(0);
  });

  test("that fails is a miss, and a failed write is nobody's error", async () => {
    const failing = {
      get: () => Promise.reject(new Error("KV GET failed: 429 Too Many Requests")),
      put: () => Promise.reject(new Error("KV PUT failed: 429 Too Many Requests")),
    } as unknown as KVNamespace;
    const cache = createGrantsCache(failing);
    expect(await cache.read("s")).toBeNull();
    const grants = { readAt: 1, organizationId: "o", sandbox: null, grants: [] };
    await expect(cache.write("s", grants)).resolves.toBeUndefined();
  });

  test("does not make a value openable for another secret or an older version", async () => {
    const sandbox = await createSandbox({ secrets: [{}, {}] });
    const identity = {
      sandboxId: sandbox.id,
      organizationId: sandbox.organizationId,
      expiresAt: 0,
    };
    const grants = await readGrants(openTestDatabase(), identity, Date.now());
    const [first, second] = grants.grants;
    if (first === undefined || second === undefined) throw new Error("two grants were mounted");
    [first.sealedValue, second.sealedValue] = [second.sealedValue, first.sealedValue];
    await writeEntry(sandbox, JSON.stringify(grants));
    const answer = await callWithKey(sandbox);
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain(first.secretId);
    expect(readLog()).toContain("sealed for another row or version");
    expect(await listSeen(sandbox.host)).toEqual([]);
  });
});

describe("the database", () => {
  test("is read once for a hundred requests at once to a cold sandbox", async () => {
    const sandbox = await createSandbox();
    const answers = await Promise.all(Array.from({ length: 100 }, () => callWithKey(sandbox)));
    expect(answers.map(({ status }) => status)).toEqual(new Array(100).fill(200));
    expect(await countGrantReads(sandbox.id)).toBe(1);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  });

  test.each(["status-500", "reset", "garbage"] as const)(
    "that answers with %s: 503 with Retry-After, nothing sent, and well again later",
    async (fault) => {
      const sandbox = await createSandbox();
      await breakDatabase(sandbox.id, fault);
      const answers = await Promise.all([callWithKey(sandbox), callWithKey(sandbox)]);
      for (const answer of answers) {
        expect(answer.status).toBe(503);
        expect(answer.headers.get("Egret-Error")).toBe("SERVICE_UNAVAILABLE");
        expect(answer.headers.get("Retry-After")).toMatch(/^\d+$/);
      }
      expect(await listSeen(sandbox.host)).toEqual([]);
      await breakDatabase(sandbox.id, "none");
      expect((await callWithKey(sandbox)).status).toBe(200);
    },
  );

  test("that is being read for a client who leaves answers those who wait for the same", async () => {
    const sandbox = await createSandbox();
    await breakDatabase(sandbox.id, "held");
    const controller = new AbortController();
    const left = sandbox.call(`https://${sandbox.host}/left`, { signal: controller.signal });
    await expect.poll(() => countGrantReads(sandbox.id), { timeout: 10_000 }).toBe(1);
    const waiting = Array.from({ length: 5 }, () => callWithKey(sandbox));
    controller.abort();
    await expect(left).rejects.toThrow();
    await breakDatabase(sandbox.id, "none");
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await countGrantReads(sandbox.id)).toBe(1);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  });

  test("a change is in force once the grants are ten seconds old", async () => {
    const sandbox = await createSandbox({ secrets: [] });
    let now = Date.now();
    const load = createSandboxLoader(
      createGrantsCache(bindings.GRANTS),
      parseMasterKeys(bindings.MASTER_KEYS),
      5_000,
    );
    const identity = {
      sandboxId: sandbox.id,
      organizationId: sandbox.organizationId,
      expiresAt: now + 1e6,
    };
    const findHosts = async () => {
      const deferred: Promise<unknown>[] = [];
      const loaded = await load(identity, {
        now: () => now,
        within: (work) => work,
        readDatabase: (who, readAt) =>
          readGrants(
            openDatabase({
              url: bindings.DATABASE_URL,
              timeoutMs: 5000,
              fetch: (r, i) => fetch(r, i),
            }),
            who,
            readAt,
          ),
        defer: (work) => deferred.push(work),
      });
      await Promise.all(deferred);
      return loaded?.grants.grants.map(({ hosts }) => hosts);
    };
    expect(await findHosts()).toEqual([]);
    const [secret] = await mountSecrets(sandbox, [
      { hosts: ["a.example"], environmentVariables: ["A"] },
    ]);
    expect(await findHosts()).toEqual([]);
    now += 10_000;
    expect(await findHosts()).toEqual([["a.example"]]);
    await openTestDatabase()
      .update(secrets)
      .set({ hosts: [] })
      .where(eq(secrets.id, secret?.id as string));
    now += 9_999;
    expect(await findHosts()).toEqual([["a.example"]]);
    now += 1;
    expect(await findHosts()).toEqual([[]]);
  });
});

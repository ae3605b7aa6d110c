import { beforeEach, describe, expect, test } from "vitest";
import { parseMasterKeys } from "../../../shared/encryption/master-keys.ts";
import { EgretError } from "../../../shared/errors.ts";
import type { SandboxIdentity } from "../../../shared/sandbox-token.ts";
import { GRANTS_TTL_MS, type SandboxGrants } from "./grants.ts";
import { createSandboxLoader, type LoadContext } from "./load.ts";

const KEYS = parseMasterKeys(
  JSON.stringify({ keys: [{ kty: "oct", kid: "1", k: Buffer.alloc(32).toString("base64url") }] }),
);
const IDENTITY: SandboxIdentity = { sandboxId: "s", organizationId: "o", expiresAt: 1e15 };

/** A loader with a clock, a cache and a database in the test's hands. */
function createWorld() {
  const world = {
    now: 1_000_000,
    cached: null as SandboxGrants | null,
    written: [] as SandboxGrants[],
    reads: [] as number[],
    readDatabase: async (identity: SandboxIdentity, readAt: number): Promise<SandboxGrants> => {
      return createGrants({ readAt, organizationId: identity.organizationId });
    },
    deferred: [] as Promise<unknown>[],
  };
  const createLoader = () =>
    createSandboxLoader(
      {
        read: async () => world.cached,
        write: async (_sandboxId, grants) => {
          world.written.push(grants);
        },
      },
      KEYS,
    );
  const context: LoadContext = {
    now: () => world.now,
    readDatabase: (identity, readAt) => {
      world.reads.push(readAt);
      return world.readDatabase(identity, readAt);
    },
    defer: (work) => world.deferred.push(work),
  };
  return { world, context, createLoader };
}

function createGrants(grants: Partial<SandboxGrants> = {}): SandboxGrants {
  const sandbox = { networkBlockAll: false, domainAllowList: null };
  return { readAt: 1_000_000, organizationId: "o", sandbox, grants: [], ...grants };
}

let { world, context, createLoader } = createWorld();
let load = createLoader();

beforeEach(() => {
  ({ world, context, createLoader } = createWorld());
  load = createLoader();
});

describe("memory", () => {
  test("serves for less than the bound, counted from before the database read", async () => {
    world.readDatabase = async (_identity, readAt) => {
      world.now += 3_000;
      return createGrants({ readAt });
    };
    await load(IDENTITY, context);
    world.now = 1_000_000 + GRANTS_TTL_MS - 1;
    await load(IDENTITY, context);
    expect(world.reads).toEqual([1_000_000]);
    world.now = 1_000_000 + GRANTS_TTL_MS;
    await load(IDENTITY, context);
    expect(world.reads).toHaveLength(2);
  });

  test("is not believed when the clock went back", async () => {
    await load(IDENTITY, context);
    world.now -= 1;
    await load(IDENTITY, context);
    expect(world.reads).toHaveLength(2);
  });

  test("keeps a sandbox of one organization from a token of another", async () => {
    world.readDatabase = async ({ organizationId }, readAt) =>
      createGrants({
        readAt,
        organizationId,
        ...(organizationId === "o" ? {} : { sandbox: null }),
      });
    expect(await load(IDENTITY, context)).not.toBeNull();
    expect(await load({ ...IDENTITY, organizationId: "other" }, context)).toBeNull();
    expect(await load(IDENTITY, context)).not.toBeNull();
    expect(world.reads).toHaveLength(2);
  });

  test("keeps what was prepared for a host while the grants are the same", async () => {
    const first = await load(IDENTITY, context);
    world.now += GRANTS_TTL_MS;
    const second = await load(IDENTITY, context);
    expect(second?.getHostGrants).toBe(first?.getHostGrants);
  });
});

describe("the cache", () => {
  test("is taken while fresh, and its age counts on in memory", async () => {
    world.cached = createGrants({ readAt: world.now - 9_000 });
    await load(IDENTITY, context);
    expect(world.reads).toEqual([]);
    world.now += 1_000;
    await load(IDENTITY, context);
    expect(world.reads).toHaveLength(1);
  });

  test.each([
    ["stale", () => createGrants({ readAt: 1_000_000 - GRANTS_TTL_MS })],
    ["from the future", () => createGrants({ readAt: 1_000_001 })],
    ["of another organization", () => createGrants({ organizationId: "other" })],
  ])("an entry that is %s is a miss", async (_what, entry) => {
    world.cached = entry();
    await load(IDENTITY, context);
    expect(world.reads).toHaveLength(1);
  });

  test("is written after the answer, with the time before the read", async () => {
    world.readDatabase = async (_identity, readAt) => {
      world.now += 500;
      return createGrants({ readAt });
    };
    await load(IDENTITY, context);
    await Promise.all(world.deferred);
    expect(world.written.map(({ readAt }) => readAt)).toEqual([1_000_000]);
  });

  test("an entry that grows too old while others are read is not used", async () => {
    world.readDatabase = async (_identity, readAt) => {
      world.now += GRANTS_TTL_MS;
      return createGrants({ readAt });
    };
    await expect(load(IDENTITY, context)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });
});

describe("the database", () => {
  test("is read once for a hundred requests at a time", async () => {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    world.readDatabase = async (_identity, readAt) => {
      await answered;
      return createGrants({ readAt });
    };
    const requests = Array.from({ length: 100 }, () => load(IDENTITY, context));
    answer();
    const sandboxes = await Promise.all(requests);
    expect(world.reads).toHaveLength(1);
    expect(new Set(sandboxes).size).toBe(1);
  });

  test("is read once for each sandbox and organization", async () => {
    await Promise.all([
      load(IDENTITY, context),
      load({ ...IDENTITY, sandboxId: "s2" }, context),
      load({ ...IDENTITY, organizationId: "other" }, context),
    ]);
    expect(world.reads).toHaveLength(3);
  });

  test.each([
    ["an error of the network", new TypeError("fetch failed: password=hunter2")],
    ["Egret's own error", new EgretError("SERVICE_UNAVAILABLE", "The database cannot be reached")],
    ["something odd", "hunter2"],
  ])("%s fails all who wait, with 503 and Retry-After, and is forgotten", async (_what, error) => {
    const working = world.readDatabase;
    world.readDatabase = () => Promise.reject(error);
    const results = await Promise.allSettled([load(IDENTITY, context), load(IDENTITY, context)]);
    for (const result of results) {
      const reason = (result as PromiseRejectedResult).reason as EgretError;
      expect(reason.code).toBe("SERVICE_UNAVAILABLE");
      expect(reason.headers).toHaveProperty("Retry-After");
      expect(reason.message).not.toContain("hunter2");
    }
    expect(world.reads).toHaveLength(1);
    world.readDatabase = working;
    expect(await load(IDENTITY, context)).not.toBeNull();
  });

  test("down, with a stale entry in memory and in the cache: 503, never the old value", async () => {
    await load(IDENTITY, context);
    world.now += GRANTS_TTL_MS;
    world.cached = createGrants();
    world.readDatabase = () => Promise.reject(new Error("down"));
    await expect(load(IDENTITY, context)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });

  test("a read that died with its request is not waited for by those who come later", async () => {
    const working = world.readDatabase;
    world.readDatabase = () => new Promise(() => {});
    void load(IDENTITY, context);
    world.readDatabase = working;
    world.now += 5_000;
    expect(await load(IDENTITY, context)).not.toBeNull();
    expect(world.reads).toHaveLength(2);
  });

  test("an older read that ends later does not take the place of a younger one", async () => {
    let answerLate = (_grants: SandboxGrants) => {};
    const late = new Promise<SandboxGrants>((resolve) => {
      answerLate = resolve;
    });
    world.readDatabase = () => late;
    const first = load(IDENTITY, context);
    world.now += 6_000;
    world.readDatabase = async (_identity, readAt) =>
      createGrants({ readAt, sandbox: { networkBlockAll: true, domainAllowList: null } });
    const second = await load(IDENTITY, context);
    answerLate(createGrants());
    expect(await first).toBe(second);
    expect((await load(IDENTITY, context))?.network.networkBlockAll).toBe(true);
  });
});

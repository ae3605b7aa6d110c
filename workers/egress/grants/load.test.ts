import { beforeEach, describe, expect, test } from "vitest";
import { parseMasterKeys } from "../../../shared/encryption/master-keys.ts";
import { EgretError } from "../../../shared/errors.ts";
import type { SandboxIdentity } from "../../../shared/sandbox-token.ts";
import { GRANTS_TTL_MS, type SandboxGrants } from "./grants.ts";
import {
  createSandboxLoader,
  KV_READ_TIMEOUT_MS,
  type LoadContext,
  READ_SLACK_MS,
} from "./load.ts";
import { createWithin } from "./within.ts";

const KEYS = parseMasterKeys(
  JSON.stringify({ keys: [{ kty: "oct", kid: "1", k: Buffer.alloc(32).toString("base64url") }] }),
);
const DATABASE_TIMEOUT_MS = 3_000;
// By then a read that is still under way has died: its own time-outs are over.
const MAX_READ_MS = KV_READ_TIMEOUT_MS + DATABASE_TIMEOUT_MS + READ_SLACK_MS;
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
    timers: [] as { ringsAt: number; ring: () => void }[],
    readCache: async () => world.cached,
    /** Lets time pass: timers ring that are due, and all that follows from them happens. */
    async pass(ms: number) {
      world.now += ms;
      const due = world.timers.filter(({ ringsAt }) => ringsAt <= world.now);
      world.timers = world.timers.filter((timer) => !due.includes(timer));
      for (const { ring } of due) ring();
      await settle();
    },
  };
  const createLoader = () =>
    createSandboxLoader(
      {
        read: () => world.readCache(),
        write: async (_sandboxId, grants) => {
          world.written.push(grants);
        },
      },
      KEYS,
      DATABASE_TIMEOUT_MS,
    );
  const context: LoadContext = {
    now: () => world.now,
    readDatabase: (identity, readAt) => {
      world.reads.push(readAt);
      return world.readDatabase(identity, readAt);
    },
    defer: (work) => world.deferred.push(work),
    within: createWithin((ms, ring) => {
      const timer = { ringsAt: world.now + ms, ring };
      world.timers.push(timer);
      return () => {
        world.timers = world.timers.filter((one) => one !== timer);
      };
    }),
  };
  return { world, context, createLoader };
}

function createGrants(grants: Partial<SandboxGrants> = {}): SandboxGrants {
  const sandbox = { networkBlockAll: false, domainAllowList: null };
  return { readAt: 1_000_000, organizationId: "o", sandbox, grants: [], ...grants };
}

/** Waits until all that can happen without time passing has happened. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
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

  test("gives way to what is read after the clock went back", async () => {
    await load(IDENTITY, context);
    world.now -= 60_000;
    world.readDatabase = async (_identity, readAt) => createGrants({ readAt, sandbox: null });
    expect(await load(IDENTITY, context)).toBeNull();
    world.now += 60_000;
    expect(await load(IDENTITY, context)).toBeNull();
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

  test("that hangs is a miss after a second", async () => {
    world.readCache = () => new Promise(() => {});
    const loaded = load(IDENTITY, context);
    await world.pass(KV_READ_TIMEOUT_MS - 1);
    expect(world.reads).toEqual([]);
    await world.pass(1);
    expect(await loaded).not.toBeNull();
    expect(world.reads).toEqual([1_000_000 + KV_READ_TIMEOUT_MS]);
    expect(world.timers).toEqual([]);
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
  ])("%s fails who reads, with 503 and Retry-After, and is forgotten", async (_what, error) => {
    const working = world.readDatabase;
    world.readDatabase = () => Promise.reject(error);
    const results = await Promise.allSettled([load(IDENTITY, context), load(IDENTITY, context)]);
    for (const result of results) {
      const reason = (result as PromiseRejectedResult).reason as EgretError;
      expect(reason.code).toBe("SERVICE_UNAVAILABLE");
      expect(reason.headers).toHaveProperty("Retry-After");
      expect(reason.message).not.toContain("hunter2");
    }
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

  test("an older read that ends later does not take the place of a younger one", async () => {
    let answerLate = (_grants: SandboxGrants) => {};
    const late = new Promise<SandboxGrants>((resolve) => {
      answerLate = resolve;
    });
    world.readDatabase = () => late;
    const first = load(IDENTITY, context);
    await settle();
    world.now += MAX_READ_MS;
    world.readDatabase = async (_identity, readAt) =>
      createGrants({ readAt, sandbox: { networkBlockAll: true, domainAllowList: null } });
    const second = load(IDENTITY, context);
    await world.pass(0);
    answerLate(createGrants());
    expect(await first).toBe(await second);
    expect((await load(IDENTITY, context))?.network.networkBlockAll).toBe(true);
  });
});

describe("one read for all", () => {
  test("that fails is not the failure of those who joined it: one of them reads again", async () => {
    const working = world.readDatabase;
    world.readDatabase = async (identity, readAt) => {
      world.readDatabase = working;
      await settle();
      throw new Error(`the subrequest of ${identity.sandboxId} was broken off at ${readAt}`);
    };
    const leader = load(IDENTITY, context);
    const followers = Array.from({ length: 100 }, () => load(IDENTITY, context));
    await expect(leader).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(new Set(await Promise.all(followers)).size).toBe(1);
    expect(world.reads).toHaveLength(2);
  });

  test("that fails again is no longer repeated", async () => {
    world.readDatabase = () => Promise.reject(new Error("down"));
    const requests = Array.from({ length: 100 }, () => load(IDENTITY, context));
    const results = await Promise.allSettled(requests);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["rejected"]));
    expect(world.reads).toHaveLength(2);
  });

  test("that died with its request holds nobody longer than its own time-outs", async () => {
    const working = world.readDatabase;
    world.readDatabase = () => new Promise(() => {});
    void load(IDENTITY, context);
    await settle();
    world.readDatabase = working;
    await world.pass(1_000);
    const followers = Array.from({ length: 100 }, () => load(IDENTITY, context));
    await world.pass(MAX_READ_MS - 1_001);
    expect(world.reads).toHaveLength(1);
    await world.pass(1);
    expect(new Set(await Promise.all(followers)).size).toBe(1);
    expect(world.reads).toHaveLength(2);
  });

  test("that never ends fails all in bounded time", async () => {
    world.readDatabase = () => new Promise(() => {});
    const requests = Array.from({ length: 3 }, () => load(IDENTITY, context));
    const results = Promise.allSettled(requests);
    await settle();
    await world.pass(MAX_READ_MS);
    await world.pass(MAX_READ_MS);
    for (const result of await results) {
      expect(result).toMatchObject({ reason: { code: "SERVICE_UNAVAILABLE" } });
    }
    expect(world.timers).toEqual([]);
  });

  test("is good for one whose clock stood still while it waited", async () => {
    const [leader, follower] = [
      load(IDENTITY, { ...context, now: () => 1_000_500 }),
      load(IDENTITY, { ...context, now: () => 1_000_000 }),
    ];
    expect(await follower).toBe(await leader);
    expect(world.reads).toEqual([1_000_500]);
  });

  test("is good for nobody when the clock was set back meanwhile", async () => {
    const working = world.readDatabase;
    world.readDatabase = async (identity, readAt) => {
      world.now -= 3_000;
      world.readDatabase = working;
      return working(identity, readAt);
    };
    await expect(load(IDENTITY, context)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(world.written).toEqual([]);
    expect(await load(IDENTITY, context)).not.toBeNull();
  });
});

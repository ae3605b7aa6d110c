import { beforeEach, describe, expect, test } from "vitest";
import { EgretError } from "../../../shared/errors.ts";
import { GRANTS_TTL_MS, type SandboxGrants } from "./grants.ts";
import { KV_READ_TIMEOUT_MS } from "./load.ts";
import {
  createGrants,
  createWorld,
  IDENTITY,
  MAX_READ_MS,
  settle,
} from "./testing/loader-world.ts";

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

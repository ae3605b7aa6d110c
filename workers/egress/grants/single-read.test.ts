import { beforeEach, describe, expect, test } from "vitest";
import { createWorld, IDENTITY, MAX_READ_MS, settle } from "./testing/loader-world.ts";

let { world, context, createLoader } = createWorld();
let load = createLoader();

beforeEach(() => {
  ({ world, context, createLoader } = createWorld());
  load = createLoader();
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

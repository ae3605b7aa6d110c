import type { JSONWebKeySet } from "jose";
import { describe, expect, it } from "vitest";
import {
  createIssuerKeys,
  FETCH_COOLDOWN_MS,
  KEYS_FRESH_MS,
  KEYS_USABLE_MS,
  RETRY_COOLDOWN_MS,
} from "./issuer-keys.ts";

const START = 1_000_000;
const UNAVAILABLE = { code: "SERVICE_UNAVAILABLE" };

/** An issuer whose keys and reachability a test changes; `fetches` counts. */
function createIssuer() {
  const issuer = {
    set: createSet("first"),
    isReachable: true,
    fetches: 0,
    /** Lets no fetch end before it is called. */
    hold(): () => void {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
  };
  let held: Promise<void> | undefined;
  const keys = createIssuerKeys(
    async () => {
      issuer.fetches += 1;
      await held;
      if (!issuer.isReachable) throw new Error("unreachable");
      return issuer.set;
    },
    { maxFetchMs: 1000, wait: () => new Promise((resolve) => setTimeout(resolve, 0)) },
  );
  return { issuer, keys };
}

function createSet(kid: string): JSONWebKeySet {
  return { keys: [{ kty: "EC", kid }] };
}

describe("an issuer's keys", () => {
  it("are taken from memory until they are no longer fresh", async () => {
    const { issuer, keys } = createIssuer();
    await keys.get(START);
    await keys.get(START + KEYS_FRESH_MS - 1);
    expect(issuer.fetches).toBe(1);
    issuer.set = createSet("second");
    expect(await keys.get(START + KEYS_FRESH_MS)).toBe(issuer.set);
    expect(issuer.fetches).toBe(2);
  });

  it("are fetched again for a key that they lack", async () => {
    const { issuer, keys } = createIssuer();
    const known = await keys.get(START);
    issuer.set = createSet("second");
    expect(await keys.getNewer(known, START + FETCH_COOLDOWN_MS)).toBe(issuer.set);
    // Who held the old ones takes what is there.
    expect(await keys.getNewer(known, START + FETCH_COOLDOWN_MS)).toBe(issuer.set);
    expect(issuer.fetches).toBe(2);
  });

  it("are not fetched again for unknown keys before the cooldown has passed", async () => {
    const { issuer, keys } = createIssuer();
    const known = await keys.get(START);
    for (let elapsedMs = 0; elapsedMs < FETCH_COOLDOWN_MS; elapsedMs += 1000) {
      expect(await keys.getNewer(known, START + elapsedMs)).toBeNull();
    }
    expect(issuer.fetches).toBe(1);
  });

  it("are fetched by one of many requests at once, and had by all", async () => {
    const { issuer, keys } = createIssuer();
    const release = issuer.hold();
    const answers = Array.from({ length: 20 }, (_, index) => keys.get(START + index));
    release();
    expect(new Set(await Promise.all(answers))).toEqual(new Set([issuer.set]));
    expect(issuer.fetches).toBe(1);
  });

  it("are fetched by another request where the first was cancelled", async () => {
    const { issuer, keys } = createIssuer();
    issuer.hold();
    void keys.get(START);
    const second = keys.get(START + 1);
    issuer.hold()();
    expect(await second).toBe(issuer.set);
    expect(issuer.fetches).toBe(2);
  });

  it("stay in use for a while when the issuer cannot be reached, then no longer", async () => {
    const { issuer, keys } = createIssuer();
    const known = await keys.get(START);
    issuer.isReachable = false;
    expect(await keys.get(START + KEYS_FRESH_MS)).toBe(known);
    await expect(keys.getNewer(known, START + KEYS_FRESH_MS)).rejects.toMatchObject(UNAVAILABLE);
    await expect(keys.get(START + KEYS_USABLE_MS)).rejects.toMatchObject(UNAVAILABLE);
  });

  it("are asked for again soon after a failure, but not at once", async () => {
    const { issuer, keys } = createIssuer();
    issuer.isReachable = false;
    await expect(keys.get(START)).rejects.toMatchObject(UNAVAILABLE);
    issuer.isReachable = true;
    await expect(keys.get(START + RETRY_COOLDOWN_MS - 1)).rejects.toMatchObject(UNAVAILABLE);
    expect(issuer.fetches).toBe(1);
    expect(await keys.get(START + RETRY_COOLDOWN_MS)).toBe(issuer.set);
  });
});

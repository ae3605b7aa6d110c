import type { JSONWebKeySet } from "jose";
import { EgretError } from "../../../shared/errors.ts";

/** How long fetched keys are taken without asking whether there are others. */
export const KEYS_FRESH_MS = 10 * 60_000;
/** How long they are still taken while the issuer cannot be asked. */
export const KEYS_USABLE_MS = 60 * 60_000;
/** How long after a fetch no unknown key leads to another one. */
export const FETCH_COOLDOWN_MS = 30_000;
/** The same after a fetch that failed. */
export const RETRY_COOLDOWN_MS = 5000;

const POLL_MS = 20;

/** The public keys of an issuer, kept in memory. */
export type IssuerKeys = {
  /** Gives the keys; SERVICE_UNAVAILABLE where there are none and the issuer cannot be asked. */
  get(now: number): Promise<JSONWebKeySet>;
  /**
   * Gives newer keys than `known`, which lacks one that a token names; null where there are none.
   * SERVICE_UNAVAILABLE where the issuer cannot be asked.
   */
  getNewer(known: JSONWebKeySet, now: number): Promise<JSONWebKeySet | null>;
};

/**
 * Keeps an issuer's keys. However many requests come with whatever tokens, one fetch at a time is
 * under way, and the next one not before a cooldown. `maxFetchMs` is the longest that one can take;
 * `wait` waits so many milliseconds.
 */
export function createIssuerKeys(
  fetchKeySet: () => Promise<JSONWebKeySet>,
  { maxFetchMs, wait }: { maxFetchMs: number; wait: (ms: number) => Promise<void> },
): IssuerKeys {
  let kept: { set: JSONWebKeySet; fetchedAt: number } | null = null;
  let failure: { cause: unknown } | null = null;
  let nextFetchAt = Number.NEGATIVE_INFINITY;
  let isFetching = false;

  /** Fetches the keys unless it is too early; what comes of it is in the variables above. */
  async function refresh(now: number): Promise<void> {
    // In workerd a promise cannot be shared: it ends with the request that made it. So the others
    // look again and again, and one takes over where the first was cancelled.
    for (let waitedMs = 0; isFetching && waitedMs < maxFetchMs; waitedMs += POLL_MS) {
      await wait(POLL_MS);
    }
    if (now < nextFetchAt) return;
    isFetching = true;
    try {
      kept = { set: await fetchKeySet(), fetchedAt: now };
      failure = null;
    } catch (cause) {
      failure = { cause };
    } finally {
      isFetching = false;
      nextFetchAt = now + (failure === null ? FETCH_COOLDOWN_MS : RETRY_COOLDOWN_MS);
    }
  }

  return {
    async get(now) {
      if (kept === null || now - kept.fetchedAt >= KEYS_FRESH_MS) await refresh(now);
      if (kept !== null && now - kept.fetchedAt < KEYS_USABLE_MS) return kept.set;
      throw createIssuerUnavailable(failure?.cause);
    },

    async getNewer(known, now) {
      if (kept?.set === known) await refresh(now);
      if (kept !== null && kept.set !== known) return kept.set;
      if (failure !== null) throw createIssuerUnavailable(failure.cause);
      return null;
    },
  };
}

function createIssuerUnavailable(cause: unknown): EgretError {
  return new EgretError("SERVICE_UNAVAILABLE", "The issuer of the token cannot be reached", {
    headers: { "Retry-After": "5" },
    cause,
  });
}

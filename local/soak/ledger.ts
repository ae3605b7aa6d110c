import { randomBytes } from "node:crypto";

/** How long after the API's answer a change may take until it is in force. */
export const BOUND_MS = 15_000;
/** What no value but a soak's holds, in any spelling but base64. */
const CORE = /soak_[0-9a-f]{24}/g;
// Every kind of place has to escape some of it, and a header can still hold it.
const REST = `"&<+/%41 ;end`;

/** A value and when it was in force; times are of `performance.now()`. */
type Version = { value: string; begunAt: number; answeredAt: number | null };

/** What is known of one secret: all of its values, and its end. */
export type LedgerSecret = {
  id: string;
  placeholder: string;
  versions: Version[];
  /** A change without an answer of success may have been made all the same. */
  deletion: { begunAt: number; answeredAt: number | null } | null;
};

/** Makes a value that nobody else has. */
export function createValue(): string {
  return `soak_${randomBytes(12).toString("hex")}${REST}`;
}

/** Notes a value that the API is about to be given; call the result once it has been taken. */
export function beginVersion(secret: LedgerSecret, value: string, now: number): Version {
  const version: Version = { value, begunAt: now, answeredAt: null };
  secret.versions.push(version);
  return version;
}

/**
 * Judges what arrived at an allowed host in a placeholder's place, in a request that began at
 * `startedAt`: null where it is right, else what is wrong with it, without the value.
 */
export function judgeArrival(
  secret: LedgerSecret,
  arrived: string | null,
  startedAt: number,
): string | null {
  if (arrived === null) return "nothing arrived in the placeholder's place";
  const { deletion, versions, placeholder } = secret;
  if (arrived === placeholder) return deletion === null ? "an unswapped placeholder" : null;
  const index = versions.findIndex(({ value }) => value === arrived);
  if (index < 0) return "what is no value of this secret";
  const isReplaced = versions
    .slice(index + 1)
    .some(({ answeredAt }) => answeredAt !== null && startedAt > answeredAt + BOUND_MS);
  if (isReplaced) return "a value replaced more than 15 s before";
  const deletedAt = deletion?.answeredAt ?? null;
  const isGone = deletedAt !== null && startedAt > deletedAt + BOUND_MS;
  return isGone ? "a value deleted more than 15 s before" : null;
}

/** The values that a secret may have when nothing changes any more. */
export function listFinalValues({ versions }: LedgerSecret): string[] {
  const last = versions.findLastIndex(({ answeredAt }) => answeredAt !== null);
  return versions.slice(Math.max(last, 0)).map(({ value }) => value);
}

/** Finds the marks of values in a text, also in what it holds as base64. */
export function findCores(text: string): Set<string> {
  const cores = new Set(text.match(CORE));
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{32,}/g)) {
    for (let offset = 0; offset < 4; offset++) {
      const decoded = Buffer.from(run.slice(offset), "base64").toString("latin1");
      for (const core of decoded.match(CORE) ?? []) cores.add(core);
    }
  }
  return cores;
}

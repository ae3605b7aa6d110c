/** A byte string to look for, and what its finder wants to know when it is found. */
export type Pattern<T> = { readonly bytes: Uint8Array; readonly payload: T };

/** Looks for many byte strings at once. */
export type Matcher<T> = {
  /**
   * Finds the first occurrence that begins at or after `from` and before `limit` and ends within
   * `end`; of those that begin at one place, the longest. -1 where there is none. The occurrence's
   * pattern is then in `found`.
   */
  find(buffer: Uint8Array, from: number, limit: number, end: number): number;
  readonly found: Pattern<T>;
  /**
   * The first index from `from` on at which the bytes up to `end` are the beginning of a longer
   * pattern, so that bytes yet to come could complete it; `end` where no byte needs to wait.
   */
  findUnfinished(buffer: Uint8Array, from: number, end: number): number;
};

// A block is three bytes, hashed. The table is as small as it may be, since a small one stays in the
// fastest cache; a collision costs only a shorter step.
const BLOCK_BYTES = 3;
const MIN_TABLE_SIZE = 4096;
const MAX_TABLE_SIZE = 65_536;
const ENTRIES_PER_BLOCK = 8;
const MAX_STEP = 255;

/** Hashes the three bytes that end before `end`. */
function hashBlock(buffer: Uint8Array, end: number, mask: number): number {
  const first = buffer[end - 3] as number;
  const second = buffer[end - 2] as number;
  const third = buffer[end - 1] as number;
  return ((first << 10) ^ (second << 5) ^ third) & mask;
}

/**
 * Makes a matcher for at least one pattern, each of three bytes or more. The search is Wu and Manber's
 * ("A fast algorithm for multi-pattern searching", 1994): it looks at the last block of a window as
 * long as the shortest pattern and steps over all bytes that no pattern can account for.
 */
export function createMatcher<T>(patterns: readonly Pattern<T>[]): Matcher<T> {
  const longestFirst = [...patterns].sort((a, b) => b.bytes.length - a.bytes.length);
  const [longest] = longestFirst;
  const window = longestFirst.at(-1)?.bytes.length ?? 0;
  if (longest === undefined || window < BLOCK_BYTES) {
    throw new TypeError(`patterns of at least ${BLOCK_BYTES} bytes are needed`);
  }
  const steps = buildSteps(longestFirst, window);
  const mask = steps.length - 1;
  const candidates = Map.groupBy(longestFirst, ({ bytes }) => hashBlock(bytes, window, mask));
  const beginnings = Map.groupBy(longestFirst, ({ bytes }) => bytes[0] as number);
  const lastUnfinishedLength = longest.bytes.length - 1;

  const matcher = {
    found: longest,

    find(buffer: Uint8Array, from: number, limit: number, end: number): number {
      const lastStart = Math.min(limit - 1, end - window);
      let start = from;
      while (start <= lastStart) {
        const block = hashBlock(buffer, start + window, mask);
        const step = steps[block] as number;
        if (step > 0) {
          start += step;
          continue;
        }
        for (const pattern of candidates.get(block) ?? []) {
          const { bytes } = pattern;
          if (start + bytes.length <= end && isAt(bytes, buffer, start, bytes.length)) {
            matcher.found = pattern;
            return start;
          }
        }
        start++;
      }
      return -1;
    },

    findUnfinished(buffer: Uint8Array, from: number, end: number): number {
      for (let start = Math.max(from, end - lastUnfinishedLength); start < end; start++) {
        for (const { bytes } of beginnings.get(buffer[start] as number) ?? []) {
          const length = end - start;
          if (bytes.length > length && isAt(bytes, buffer, start, length)) return start;
        }
      }
      return end;
    },
  };
  return matcher;
}

/** How far the window may move when its last block hashes to each entry. */
function buildSteps(patterns: readonly Pattern<unknown>[], window: number): Uint8Array {
  let size = MIN_TABLE_SIZE;
  while (size < MAX_TABLE_SIZE && size < patterns.length * window * ENTRIES_PER_BLOCK) size *= 2;
  const steps = new Uint8Array(size).fill(Math.min(window - BLOCK_BYTES + 1, MAX_STEP));
  for (const { bytes } of patterns) {
    for (let end = BLOCK_BYTES; end <= window; end++) {
      const block = hashBlock(bytes, end, size - 1);
      steps[block] = Math.min(steps[block] as number, window - end);
    }
  }
  return steps;
}

function isAt(bytes: Uint8Array, buffer: Uint8Array, start: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (bytes[index] !== buffer[start + index]) return false;
  }
  return true;
}

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

// A block is two bytes, hashed to 12 bits: a table of 4 KiB stays in the fastest cache, and a
// collision costs only a shorter step.
const TABLE_SIZE = 4096;
const MAX_STEP = 255;

function hashBlock(first: number, second: number): number {
  return ((first << 4) ^ second) & (TABLE_SIZE - 1);
}

/**
 * Makes a matcher for at least one pattern of two bytes or more. The search is Wu and Manber's
 * ("A fast algorithm for multi-pattern searching", 1994): it looks at the last block of a window as
 * long as the shortest pattern and steps over all bytes that no pattern can account for.
 */
export function createMatcher<T>(patterns: readonly Pattern<T>[]): Matcher<T> {
  const longestFirst = [...patterns].sort((a, b) => b.bytes.length - a.bytes.length);
  const [longest] = longestFirst;
  const window = longestFirst.at(-1)?.bytes.length ?? 0;
  if (longest === undefined || window < 2) throw new TypeError("a pattern of two bytes is needed");
  const steps = buildSteps(longestFirst, window);
  const candidates = groupBy(longestFirst, ({ bytes }) =>
    hashBlock(bytes[window - 2] as number, bytes[window - 1] as number),
  );
  const beginnings = groupBy(longestFirst, ({ bytes }) => bytes[0] as number);
  const lastUnfinishedLength = longest.bytes.length - 1;

  const matcher = {
    found: longest,

    find(buffer: Uint8Array, from: number, limit: number, end: number): number {
      const lastStart = Math.min(limit - 1, end - window);
      let start = from;
      while (start <= lastStart) {
        const block = hashBlock(
          buffer[start + window - 2] as number,
          buffer[start + window - 1] as number,
        );
        const step = steps[block] as number;
        if (step > 0) {
          start += step;
          continue;
        }
        for (const pattern of candidates[block] ?? []) {
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
        for (const { bytes } of beginnings[buffer[start] as number] ?? []) {
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
  const steps = new Uint8Array(TABLE_SIZE).fill(Math.min(window - 1, MAX_STEP));
  for (const { bytes } of patterns) {
    for (let last = 1; last < window; last++) {
      const block = hashBlock(bytes[last - 1] as number, bytes[last] as number);
      steps[block] = Math.min(steps[block] as number, window - 1 - last);
    }
  }
  return steps;
}

function groupBy<T>(
  patterns: readonly Pattern<T>[],
  keyOf: (pattern: Pattern<T>) => number,
): (readonly Pattern<T>[] | undefined)[] {
  const groups: Pattern<T>[][] = [];
  for (const pattern of patterns) {
    const key = keyOf(pattern);
    groups[key] ??= [];
    groups[key].push(pattern);
  }
  return groups;
}

function isAt(bytes: Uint8Array, buffer: Uint8Array, start: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (bytes[index] !== buffer[start + index]) return false;
  }
  return true;
}

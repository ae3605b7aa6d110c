import type { Matcher } from "./matcher.ts";

/** Gives the bytes that take the place of an occurrence; null leaves the occurrence as it is. */
export type Replace<T> = (payload: T) => Uint8Array | null;

/**
 * Replaces every occurrence of a matcher's patterns in a stream of bytes, given in pieces of any
 * size. The output does not depend on how the input is cut:
 * - occurrences are taken by their beginning, the longest first;
 * - no byte of an occurrence comes out, also where occurrences overlap: the later one then only
 *   removes its bytes, unless it is another payload's, which leaves its own replacement;
 * - what was put in is never searched.
 */
export type Replacer = {
  /**
   * Takes the next bytes, which must begin with those that `push` left over the last time, and
   * gives the output pieces. Bytes from index `kept` on are to be given again, with more behind
   * them; `isLast` leaves none.
   */
  push(buffer: Uint8Array, end: number, isLast: boolean): Uint8Array[];
  /** Index of the first byte to be given again. */
  readonly kept: number;
  /** Whether anything was replaced so far. */
  readonly hasReplaced: boolean;
};

/** Makes a replacer for one stream. The pieces that it gives may be views of its input. */
export function createReplacer<T>(matcher: Matcher<T>, replace: Replace<T>): Replacer {
  // Bytes before `covered` belong to an occurrence that was replaced; both count from the buffer's
  // beginning and may lie before it or behind it.
  let covered = 0;
  let replacedEnd = 0;
  let lastPayload: T | undefined;

  const replacer = {
    kept: 0,
    hasReplaced: false,

    push(buffer: Uint8Array, end: number, isLast: boolean): Uint8Array[] {
      const output: Uint8Array[] = [];
      const limit = isLast ? end : matcher.findUnfinished(buffer, 0, end);
      let written = Math.min(covered, limit);
      let start = matcher.find(buffer, 0, limit, end);
      while (start !== -1) {
        const { bytes, payload } = matcher.found;
        const occurrenceEnd = start + bytes.length;
        if (occurrenceEnd > covered) {
          const replacement = replace(payload);
          if (replacement !== null) {
            if (start > written) output.push(buffer.subarray(written, start));
            if (start >= replacedEnd || payload !== lastPayload) {
              output.push(replacement);
              replacedEnd = occurrenceEnd;
              lastPayload = payload;
            }
            covered = occurrenceEnd;
            written = Math.min(covered, limit);
            replacer.hasReplaced = true;
          }
        }
        start = matcher.find(buffer, start + 1, limit, end);
      }
      if (limit > written) output.push(buffer.subarray(written, limit));
      covered = Math.max(0, covered - limit);
      replacedEnd = Math.max(0, replacedEnd - limit);
      replacer.kept = limit;
      return output;
    },
  };
  return replacer;
}

/** Replaces in bytes that are there as a whole; gives the input itself where nothing changes. */
export function replaceAll<T>(
  matcher: Matcher<T>,
  replace: Replace<T>,
  input: Uint8Array,
): Uint8Array {
  const replacer = createReplacer(matcher, replace);
  const pieces = replacer.push(input, input.length, true);
  return replacer.hasReplaced ? joinBytes(pieces) : input;
}

/** Copies pieces into one new array. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}

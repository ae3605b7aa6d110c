/** Chance that can be repeated. */
export type Random = {
  /** Whether something of this probability happens. */
  happens(probability: number): boolean;
  /** A whole number from `least` to `most`, both included. */
  pick(range: Range): number;
};

/** The least and the most, both included. */
export type Range = readonly [least: number, most: number];

/** Makes a source of chance from a seed of 32 bits (the generator Mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const draw = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    happens: (probability) => draw() < probability,
    pick: ([least, most]) => least + Math.floor(draw() * (most - least + 1)),
  };
}

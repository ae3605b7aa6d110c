import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { StartError } from "../configuration.ts";

const DEFAULT_SECONDS = 60;
const MAX_SECONDS = 24 * 60 * 60;
const MAX_SEED = 2 ** 32 - 1;

/** How long to go on, and where the randomness begins. */
export type Options = { seconds: number; seed: number };

/** Reads `--seconds` (60) and `--seed` (any). Throws a StartError that names what is wrong. */
export function parseOptions(args: readonly string[]): Options {
  const { seconds, seed } = parseStrictly(args);
  return {
    seconds: parseNumber("--seconds", seconds ?? String(DEFAULT_SECONDS), 1, MAX_SECONDS),
    seed: seed === undefined ? randomInt(MAX_SEED) : parseNumber("--seed", seed, 0, MAX_SEED),
  };
}

function parseStrictly(args: readonly string[]) {
  try {
    const options = { seconds: { type: "string" }, seed: { type: "string" } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}

function parseNumber(option: string, text: string, minimum: number, maximum: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  throw new StartError(`${option} must be a whole number from ${minimum} to ${maximum}.`);
}

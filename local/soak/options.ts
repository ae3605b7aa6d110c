import { parseArgs } from "node:util";
import { StartError } from "../configuration.ts";

/** How long, how hard and in which order a soak runs. */
export type SoakOptions = {
  /** For the phases; each has its share, beside the time until the service is back. */
  seconds: number;
  /** How many requests are under way at once. */
  concurrency: number;
  seed: number;
  isJson: boolean;
};

/** Reads the soak's arguments. Throws a StartError that names the one at fault. */
export function parseOptions(args: string[]): SoakOptions {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: "string", default: "120" },
      concurrency: { type: "string", default: "200" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
    },
  });
  return {
    seconds: parseCount("--seconds", values.seconds, 10, 86_400),
    concurrency: parseCount("--concurrency", values.concurrency, 1, 2_000),
    seed: parseCount("--seed", values.seed, 0, 2 ** 32 - 1),
    isJson: values.json,
  };
}

function parseCount(name: string, text: string, least: number, most: number): number {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least && count <= most) return count;
  throw new StartError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
}

import { join, resolve } from "node:path";

/** The project's root folder. */
export const PROJECT_ROOT = resolve(import.meta.dirname, "..");
/** The state folder of a stack that was told no other. */
export const DEFAULT_STATE_DIRECTORY = join(PROJECT_ROOT, ".egret");

const HIGHEST_PORT = 65_535;

/** What the environment may choose of a local stack. A port of 0 means any free one. */
export type Configuration = {
  apiPort: number;
  egressPort: number;
  databasePort: number;
  /** Absolute path. */
  stateDirectory: string;
};

/** A fault that the user can mend: shown as its message alone, without a stack trace. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/**
 * Reads EGRET_API_PORT, EGRET_EGRESS_PORT, EGRET_DATABASE_PORT and EGRET_STATE_DIR (relative to
 * the working folder). Unset or empty means the default. Throws a StartError naming the variable.
 */
export function parseConfiguration(
  env: Readonly<Record<string, string | undefined>>,
): Configuration {
  const configuration = {
    apiPort: parsePort(env, "EGRET_API_PORT", 8787),
    egressPort: parsePort(env, "EGRET_EGRESS_PORT", 8788),
    databasePort: parsePort(env, "EGRET_DATABASE_PORT", 8789),
    stateDirectory: env["EGRET_STATE_DIR"]
      ? resolve(env["EGRET_STATE_DIR"])
      : DEFAULT_STATE_DIRECTORY,
  };
  const { apiPort, egressPort, databasePort } = configuration;
  const chosen = [apiPort, egressPort, databasePort].filter((port) => port !== 0);
  if (new Set(chosen).size !== chosen.length) {
    throw new StartError(
      "EGRET_API_PORT, EGRET_EGRESS_PORT and EGRET_DATABASE_PORT must differ " +
        `(they are ${apiPort}, ${egressPort} and ${databasePort}).`,
    );
  }
  return configuration;
}

function parsePort(
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  fallback: number,
): number {
  const text = env[variable];
  if (text === undefined || text === "") return fallback;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= HIGHEST_PORT)) {
    throw new StartError(
      `${variable} must be a port from 0 (any free one) to ${HIGHEST_PORT}, not ${JSON.stringify(text)}.`,
    );
  }
  return port;
}

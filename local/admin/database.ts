import { type Database, openDatabase } from "../../shared/database/database.ts";
import { type CommandContext, UsageError } from "./command.ts";

const DATABASE_TIMEOUT_MS = 30_000;

/** The variables that say where the database is, for a command's help. */
export const DATABASE_ENVIRONMENT = {
  DATABASE_URL: "the libSQL database: libsql:, https: or http:",
  DATABASE_AUTH_TOKEN: "its token, where it wants one",
};

/**
 * Lends the database that the environment names, and closes it afterwards. Throws a UsageError
 * where none is named.
 */
export async function withDatabase<Result>(
  { env }: CommandContext,
  use: (database: Database) => Promise<Result>,
): Promise<Result> {
  const url = env["DATABASE_URL"];
  if (!url) {
    throw new UsageError(
      "Set DATABASE_URL (and DATABASE_AUTH_TOKEN, where the database wants one).",
    );
  }
  const database = openDatabase({
    url,
    authToken: env["DATABASE_AUTH_TOKEN"] || undefined,
    timeoutMs: DATABASE_TIMEOUT_MS,
    fetch: (request, init) => fetch(request, init),
  });
  try {
    return await use(database);
  } finally {
    database.$client.close();
  }
}

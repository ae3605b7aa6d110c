import { createClient, LibsqlError } from "@libsql/client/web";
import { migrate } from "drizzle-orm/libsql/migrator";
import { drizzle } from "drizzle-orm/libsql/web";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Brings a libSQL database (any URL, optional token) to the newest schema; safe to repeat. */
export async function migrateDatabase(url: string, authToken?: string): Promise<void> {
  const client = createClient({ url, ...(authToken === undefined ? {} : { authToken }) });
  try {
    await migrate(drizzle(client), { migrationsFolder: import.meta.dirname });
  } finally {
    client.close();
  }
}

/**
 * Says what went wrong with a migration in one sentence, without the URL, which may hold a token.
 */
function describeFailure(thrown: unknown): string {
  const causes = listCauses(thrown);
  const last = causes.at(-1) as Error & { code?: string; status?: number };
  if (causes.some((cause) => cause instanceof LibsqlError && cause.code.startsWith("URL_"))) {
    return "DATABASE_URL is not the URL of a libSQL database (libsql:, https: or http:).";
  }
  if (last.status === 401 || last.status === 403 || last.code?.startsWith("AUTH_")) {
    return "The database refuses the token: check DATABASE_AUTH_TOKEN.";
  }
  if (typeof last.status === "number") {
    return `The server answered with status ${last.status}: check DATABASE_URL.`;
  }
  if (causes.some((cause) => cause.message === "fetch failed")) {
    return `The database cannot be reached (${last.code ?? last.message}): check DATABASE_URL.`;
  }
  return `The migration failed: ${last.message}`;
}

function listCauses(thrown: unknown): Error[] {
  return thrown instanceof Error ? [thrown, ...listCauses(thrown.cause)] : [];
}

async function main(env: NodeJS.ProcessEnv): Promise<number> {
  const url = env["DATABASE_URL"];
  if (!url) {
    console.error("Set DATABASE_URL (and DATABASE_AUTH_TOKEN, where the database wants one).");
    return EXIT_USAGE;
  }
  try {
    await migrateDatabase(url, env["DATABASE_AUTH_TOKEN"] || undefined);
  } catch (error) {
    console.error(describeFailure(error));
    return EXIT_FAILED;
  }
  console.log("The database has the newest schema.");
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.env);

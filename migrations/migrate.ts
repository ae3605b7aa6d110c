import { createClient } from "@libsql/client/web";
import { migrate } from "drizzle-orm/libsql/migrator";
import { drizzle } from "drizzle-orm/libsql/web";
import { describeDatabaseFailure } from "./database-failure.ts";

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

async function main(env: NodeJS.ProcessEnv): Promise<number> {
  const url = env["DATABASE_URL"];
  if (!url) {
    console.error("Set DATABASE_URL (and DATABASE_AUTH_TOKEN, where the database wants one).");
    return EXIT_USAGE;
  }
  try {
    await migrateDatabase(url, env["DATABASE_AUTH_TOKEN"] || undefined);
  } catch (error) {
    console.error(describeDatabaseFailure(error));
    return EXIT_FAILED;
  }
  console.log("The database has the newest schema.");
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.env);

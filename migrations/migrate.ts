import { createClient } from "@libsql/client/web";
import { migrate } from "drizzle-orm/libsql/migrator";
import { drizzle } from "drizzle-orm/libsql/web";

/** Brings a libSQL database (any URL, optional token) to the newest schema; safe to repeat. */
export async function migrateDatabase(url: string, authToken?: string): Promise<void> {
  const client = createClient({ url, ...(authToken === undefined ? {} : { authToken }) });
  try {
    await migrate(drizzle(client), { migrationsFolder: import.meta.dirname });
  } finally {
    client.close();
  }
}

if (process.argv[1] === import.meta.filename) {
  const url = process.env["DATABASE_URL"];
  if (url === undefined || url === "") {
    console.error("Set DATABASE_URL (and DATABASE_AUTH_TOKEN, where the database wants one).");
    process.exit(2);
  }
  await migrateDatabase(url, process.env["DATABASE_AUTH_TOKEN"]);
  console.log("The database has the newest schema.");
}

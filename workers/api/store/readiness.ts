import { sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { organizations } from "../../../shared/database/schema.ts";

/** Fails where the database cannot be reached or has no schema. */
export async function checkDatabase(database: Database): Promise<void> {
  await database.select({ one: sql`1` }).from(organizations).limit(1);
}

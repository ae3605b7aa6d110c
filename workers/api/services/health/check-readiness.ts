import type { Database } from "../../../../shared/database/database.ts";
import { checkDatabase } from "../../store/readiness.ts";

/** Fails where requests could not be served now: the database is all that can be missing. */
export async function checkReadiness(database: Database): Promise<void> {
  await checkDatabase(database);
}

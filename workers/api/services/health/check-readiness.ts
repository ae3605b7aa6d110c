import type { Database } from "../../../../shared/database/database.ts";
import type { MasterKeys } from "../../../../shared/encryption/master-keys.ts";
import { EgretError } from "../../../../shared/errors.ts";
import { listMissingKeyIds } from "../../../../shared/re-encryption.ts";

/**
 * Fails where not every request could be served now: where the database cannot be reached or has
 * no schema, and with SERVICE_UNAVAILABLE, naming them, where master keys of secrets are missing.
 */
export async function checkReadiness(database: Database, masterKeys: MasterKeys): Promise<void> {
  // The same query shows that the database answers and has its schema.
  const missing = await listMissingKeyIds(database, masterKeys);
  if (missing.length === 0) return;
  throw new EgretError(
    "SERVICE_UNAVAILABLE",
    `Secrets are sealed under master keys that are not in MASTER_KEYS: ${missing.join(", ")}`,
  );
}

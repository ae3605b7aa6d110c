import { openDatabase } from "../shared/database/database.ts";
import { insertOrganization } from "./admin/organization.ts";

const DATABASE_TIMEOUT_MS = 10_000;
const OWNER = { id: "local-owner", email: "owner@localhost" };

/**
 * Creates the first organization with its owner and an API key of all permissions, in one
 * transaction. Returns false, and changes nothing, where the organization exists: a key that was
 * deleted since does not come back.
 */
export async function createFirstOrganization(
  location: { url: string; authToken: string },
  organization: { id: string; apiKey: string },
  now: number,
): Promise<boolean> {
  const database = openDatabase({
    ...location,
    timeoutMs: DATABASE_TIMEOUT_MS,
    fetch: (request, init) => fetch(request, init),
  });
  try {
    return await insertOrganization(
      database,
      { id: organization.id, name: "Local", owner: OWNER },
      { name: "local", value: organization.apiKey },
      now,
    );
  } finally {
    database.$client.close();
  }
}

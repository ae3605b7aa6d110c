import { and, eq, inArray, isNull, lt, or } from "drizzle-orm";
import type { Database } from "../../shared/database/database.ts";
import { secrets } from "../../shared/database/schema.ts";
import { LAST_USED_INTERVAL_MS } from "./usage.ts";

/** Writes when secrets of an organization were last used, unless that was done within a minute. */
export async function writeLastUsed(
  database: Database,
  organizationId: string,
  secretIds: string[],
  usedAt: number,
): Promise<void> {
  const lastUsedAt = secrets.lastUsedAt;
  await database
    .update(secrets)
    .set({ lastUsedAt: usedAt })
    .where(
      and(
        eq(secrets.organizationId, organizationId),
        inArray(secrets.id, secretIds),
        or(isNull(lastUsedAt), lt(lastUsedAt, usedAt - LAST_USED_INTERVAL_MS)),
      ),
    );
}

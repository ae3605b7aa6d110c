import type { Database } from "../../../shared/database/database.ts";
import { touchApiKey } from "../store/api-key-changes.ts";
import { updateMemberEmail } from "../store/member-changes.ts";
import type { Actor } from "./actor.ts";

/** How old the time of a key's last use may be before it is written again. */
export const LAST_USED_INTERVAL_MS = 60_000;

/**
 * Writes down that a credential was used: when a key was, at most once a minute, and the e-mail
 * address that a token brings, when it is a new one.
 */
export async function recordUse(database: Database, actor: Actor, now: number): Promise<void> {
  const { organizationId, userId } = actor;
  if (actor.kind === "user") {
    if (actor.email === actor.knownEmail) return;
    await updateMemberEmail(database, organizationId, userId, actor.email);
    return;
  }
  const staleAt = now - LAST_USED_INTERVAL_MS;
  if (actor.keyLastUsedAt !== null && actor.keyLastUsedAt > staleAt) return;
  await touchApiKey(database, organizationId, { userId, name: actor.keyName }, { now, staleAt });
}

import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { sandboxes, sandboxSecrets, secrets } from "../../../shared/database/schema.ts";

/** The name of a secret for each environment variable that carries it. */
export type Mounts = Readonly<Record<string, string>>;

/** The condition that every secret the mounts name exists in the organization. */
export function allSecretsExist(organizationId: string, mounts: Mounts): SQL {
  return sql`not exists (${selectMissingSecrets(organizationId, mounts)})`;
}

/** Lists the names among the mounts that no secret of the organization has. */
export async function listMissingSecrets(
  database: Database,
  organizationId: string,
  mounts: Mounts,
): Promise<string[]> {
  const rows = await database.all<{ name: string }>(selectMissingSecrets(organizationId, mounts));
  return rows.map((row) => row.name);
}

/**
 * Builds the insertion of a sandbox's mounts, found by the secrets' names. It inserts nothing
 * where the sandbox or one of the secrets does not exist in the organization.
 */
export function insertMounts(
  database: Database,
  organizationId: string,
  sandboxId: string,
  mounts: Mounts,
) {
  return database.insert(sandboxSecrets).select(sql`
    select ${organizationId}, ${sandboxes.id}, mount.key, ${secrets.id}
    from json_each(${JSON.stringify(mounts)}) as mount
    join ${secrets} on ${secrets.organizationId} = ${organizationId} and ${secrets.name} = mount.value
    join ${sandboxes} on ${sandboxes.organizationId} = ${organizationId} and ${sandboxes.id} = ${sandboxId}
    where ${allSecretsExist(organizationId, mounts)}`);
}

function selectMissingSecrets(organizationId: string, mounts: Mounts): SQL {
  return sql`
    select distinct mount.value as name from json_each(${JSON.stringify(mounts)}) as mount
    where not exists (
      select 1 from ${secrets}
      where ${secrets.organizationId} = ${organizationId} and ${secrets.name} = mount.value
    )`;
}

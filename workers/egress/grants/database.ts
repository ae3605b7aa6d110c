import { and, eq } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { sandboxes, sandboxSecrets, secrets } from "../../../shared/database/schema.ts";
import type { SandboxIdentity } from "../../../shared/sandbox-token.ts";
import type { Grant, SandboxGrants } from "./grants.ts";

/** Reads a sandbox's grants in one round trip. `readAt` is the time before the read. */
export async function readGrants(
  database: Database,
  { organizationId, sandboxId }: SandboxIdentity,
  readAt: number,
): Promise<SandboxGrants> {
  const rows = await database
    .select({
      networkBlockAll: sandboxes.networkBlockAll,
      domainAllowList: sandboxes.domainAllowList,
      environmentVariable: sandboxSecrets.environmentVariable,
      secretId: secrets.id,
      name: secrets.name,
      placeholder: secrets.placeholder,
      version: secrets.version,
      hosts: secrets.hosts,
      locations: secrets.locations,
      sealedValue: secrets.sealedValue,
    })
    .from(sandboxes)
    .leftJoin(
      sandboxSecrets,
      and(
        eq(sandboxSecrets.organizationId, organizationId),
        eq(sandboxSecrets.sandboxId, sandboxes.id),
      ),
    )
    .leftJoin(
      secrets,
      and(eq(secrets.organizationId, organizationId), eq(secrets.id, sandboxSecrets.secretId)),
    )
    .where(and(eq(sandboxes.organizationId, organizationId), eq(sandboxes.id, sandboxId)))
    .orderBy(sandboxSecrets.environmentVariable);
  const [first] = rows;
  if (first === undefined) return { readAt, organizationId, sandbox: null, grants: [] };
  const grants = new Map<string, Grant>();
  for (const row of rows) {
    const { secretId, name, placeholder, version, hosts, sealedValue, environmentVariable } = row;
    // The left joins give nulls together: a sandbox without secrets has one row of them.
    if (secretId === null || environmentVariable === null) continue;
    if (name === null || placeholder === null || version === null) continue;
    if (hosts === null || sealedValue === null) continue;
    const known = grants.get(secretId);
    if (known !== undefined) known.environmentVariables.push(environmentVariable);
    else {
      grants.set(secretId, {
        placeholder,
        name,
        environmentVariables: [environmentVariable],
        secretId,
        version,
        hosts,
        locations: row.locations,
        sealedValue,
      });
    }
  }
  return {
    readAt,
    organizationId,
    sandbox: {
      networkBlockAll: first.networkBlockAll,
      domainAllowList: first.domainAllowList?.split(",").map((entry) => entry.trim()) ?? null,
    },
    grants: [...grants.values()],
  };
}

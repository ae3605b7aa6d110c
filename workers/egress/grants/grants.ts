import type { SecretLocations } from "../../../shared/secret-locations.ts";
import type { SandboxNetwork } from "../network-policy.ts";

/**
 * How long what was read from the database may be used. A change is in force within 15 seconds; the
 * other 5 are for clocks that differ and for the request's own time.
 */
export const GRANTS_TTL_MS = 10_000;

/** A secret that is mounted in a sandbox; the value only as ciphertext. */
export type Grant = {
  placeholder: string;
  name: string;
  environmentVariables: string[];
  secretId: string;
  version: number;
  hosts: string[];
  locations: SecretLocations | null;
  sealedValue: string;
};

/**
 * What a sandbox may use, as the database had it at `readAt` (milliseconds since the epoch, taken
 * before the read began). `sandbox` is null where there is none, or none of that organization.
 */
export type SandboxGrants = {
  readAt: number;
  organizationId: string;
  sandbox: SandboxNetwork | null;
  grants: Grant[];
};

/** Whether grants may be used at `now`; those from the future are not, as a clock is wrong. */
export function isFresh(grants: Pick<SandboxGrants, "readAt">, now: number): boolean {
  const age = now - grants.readAt;
  return age >= 0 && age < GRANTS_TTL_MS;
}

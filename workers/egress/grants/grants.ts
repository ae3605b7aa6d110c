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

/** Gives an entry of the cache as grants; null where it is anything else. */
export function parseGrants(entry: unknown): SandboxGrants | null {
  if (!isRecord(entry)) return null;
  const { readAt, organizationId, sandbox, grants } = entry;
  const isWhole =
    typeof readAt === "number" &&
    typeof organizationId === "string" &&
    (sandbox === null || isNetwork(sandbox)) &&
    Array.isArray(grants) &&
    grants.every(isGrant);
  return isWhole ? (entry as SandboxGrants) : null;
}

function isNetwork(network: unknown): boolean {
  if (!isRecord(network)) return false;
  const { networkBlockAll, domainAllowList } = network;
  return (
    typeof networkBlockAll === "boolean" && (domainAllowList === null || isTexts(domainAllowList))
  );
}

function isGrant(grant: unknown): boolean {
  if (!isRecord(grant)) return false;
  const { placeholder, name, secretId, sealedValue, version, locations } = grant;
  return (
    [placeholder, name, secretId, sealedValue].every((field) => typeof field === "string") &&
    typeof version === "number" &&
    isTexts(grant["environmentVariables"]) &&
    isTexts(grant["hosts"]) &&
    (locations === null || isRecord(locations))
  );
}

function isTexts(list: unknown): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Whether grants may be used at `now`; those from the future are not, as a clock is wrong. */
export function isFresh(grants: Pick<SandboxGrants, "readAt">, now: number): boolean {
  const age = now - grants.readAt;
  return age >= 0 && age < GRANTS_TTL_MS;
}

/** About how much memory grants take, in bytes. */
export function measureGrants({ grants }: SandboxGrants): number {
  // Beside its ciphertext and its hosts, a grant is some short texts.
  return grants.reduce((bytes, { sealedValue, hosts }) => {
    return bytes + 1024 + sealedValue.length + hosts.reduce((sum, host) => sum + host.length, 0);
  }, 1024);
}

import type { MasterKeys } from "../../../shared/encryption/master-keys.ts";
import { OpenSealedValueError, openSealedValue } from "../../../shared/encryption/sealed-value.ts";
import { EgretError } from "../../../shared/errors.ts";
import { matchesAnyHostPattern } from "../../../shared/host-pattern.ts";
import type { SecretValue } from "../../../shared/secret-value.ts";
import { BoundedMap } from "../bounded-map.ts";
import type { SandboxNetwork } from "../network-policy.ts";
import {
  type Credential,
  createSubstitution,
  type Substitution,
} from "../substitution/substitution.ts";
import type { Grant, SandboxGrants } from "./grants.ts";

const MAX_HOSTS_REMEMBERED = 64;
// What an isolate, which has 128 MB, keeps prepared for all of its sandboxes.
const MAX_PREPARED = 10_000;
const MAX_PREPARED_BYTES = 24 * 1024 * 1024;

/** What one host may receive from a sandbox. */
export type HostGrants = {
  /** Null where the host may receive no secret: then nothing is searched. */
  substitution: Substitution | null;
  /** The mounted secrets, as this host sees them. */
  credentials: readonly Credential[];
};

/** A sandbox in memory: its grants, and what was prepared from them for the hosts it calls. */
export type Sandbox = {
  readonly grants: SandboxGrants;
  readonly network: SandboxNetwork;
  getHostGrants(host: string): HostGrants | Promise<HostGrants>;
};

/**
 * Prepares a sandbox from its grants; null where there is no sandbox. Values are opened when a host
 * first may receive them. `previous` is the same sandbox as it was read before: where its grants
 * are the same, what was prepared is kept.
 */
export type PrepareSandbox = (grants: SandboxGrants, previous: Sandbox | null) => Sandbox | null;

/**
 * Makes the preparer of one isolate. What is prepared for one host serves all hosts that may receive
 * the same secrets; what was not used for longest is forgotten first.
 */
export function createSandboxPreparer(keys: MasterKeys): PrepareSandbox {
  // Results are kept and not promises: a promise dies with the request that made it.
  const prepared = new BoundedMap<string, HostGrants>({
    maxEntries: MAX_PREPARED,
    maxBytes: MAX_PREPARED_BYTES,
    measure: measureHostGrants,
  });
  let sandboxCount = 0;

  return (grants, previous) => {
    const { sandbox: network } = grants;
    if (network === null) return null;
    if (previous !== null && isSame(previous.grants, grants)) {
      return { grants, network, getHostGrants: previous.getHostGrants };
    }
    sandboxCount += 1;
    const name = sandboxCount;
    const allowedByHost = new BoundedMap<string, string>({ maxEntries: MAX_HOSTS_REMEMBERED });
    const listAllowed = (host: string): string => {
      let allowed = allowedByHost.get(host);
      if (allowed === undefined) {
        const areAllowed = grants.grants.map(({ hosts }) => matchesAnyHostPattern(hosts, host));
        allowed = areAllowed.map(Number).join("");
        allowedByHost.set(host, allowed);
      }
      return allowed;
    };
    return {
      grants,
      network,
      getHostGrants(host) {
        const allowed = listAllowed(host);
        const key = `${name} ${allowed}`;
        return (
          prepared.get(key) ??
          prepareHostGrants(grants, keys, allowed).then((hostGrants) => {
            prepared.set(key, hostGrants);
            return hostGrants;
          })
        );
      },
    };
  };
}

function measureHostGrants({ substitution, credentials }: HostGrants): number {
  return credentials.length * 512 + (substitution?.patternBytes ?? 0);
}

function isSame(one: SandboxGrants, other: SandboxGrants): boolean {
  return (
    one.organizationId === other.organizationId &&
    JSON.stringify(one.grants) === JSON.stringify(other.grants)
  );
}

/** `allowed` has a 1 for each grant that may be received, and a 0 for each other. */
async function prepareHostGrants(
  { organizationId, grants }: SandboxGrants,
  keys: MasterKeys,
  allowed: string,
): Promise<HostGrants> {
  const credentials = await Promise.all(
    grants.map(async (grant, index): Promise<Credential> => {
      const isAllowed = allowed[index] === "1";
      return {
        secretId: grant.secretId,
        name: grant.name,
        placeholder: grant.placeholder,
        environmentVariables: grant.environmentVariables,
        value: isAllowed ? await openGrant(grant, organizationId, keys) : null,
        locations: grant.locations,
      };
    }),
  );
  const isAnyAllowed = credentials.some(({ value }) => value !== null);
  return { credentials, substitution: isAnyAllowed ? createSubstitution(credentials) : null };
}

/** Opens a value; one that does not open fails only the requests that would carry it. */
async function openGrant(
  grant: Grant,
  organizationId: string,
  keys: MasterKeys,
): Promise<SecretValue | EgretError> {
  const { secretId, version, sealedValue } = grant;
  try {
    return await openSealedValue(keys, { organizationId, secretId, version }, sealedValue);
  } catch (error) {
    if (!(error instanceof OpenSealedValueError)) throw error;
    return new EgretError("SERVICE_UNAVAILABLE", "A secret's value cannot be opened", {
      headers: { "Retry-After": "30" },
      cause: `secret ${secretId}: ${error.reason} (key ${error.keyId ?? "unknown"})`,
    });
  }
}

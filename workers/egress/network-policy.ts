import { EgretError } from "../../shared/errors.ts";
import { matchesAnyHostPattern, normalizeHost } from "../../shared/host-pattern.ts";
import { BoundedMap } from "./bounded-map.ts";
import { isPrivateHost } from "./private-target.ts";
import { getPort, type Target } from "./target.ts";

/** What the deployment lets every sandbox reach. */
export type TargetPolicy = {
  allowPrivateTargets: boolean;
  /** Origins under which the egress itself is reached. */
  ownOrigins: readonly string[];
};

/** What one sandbox may reach; a null list is no limit. */
export type SandboxNetwork = {
  networkBlockAll: boolean;
  domainAllowList: readonly string[] | null;
};

/** A place where the egress itself is reached. */
type OwnService = { host: string; port: string; isPrivate: boolean };

const MAX_ORIGINS_REMEMBERED = 16;
const ownServices = new BoundedMap<string, OwnService>({ maxEntries: MAX_ORIGINS_REMEMBERED });

/** Refuses targets that no sandbox may reach. Throws PRIVATE_TARGET. */
export function checkTarget(target: Target, policy: TargetPolicy): void {
  if (policy.ownOrigins.some((origin) => isSameService(target, getService(origin)))) {
    throw new EgretError("PRIVATE_TARGET", "The target is the egress itself");
  }
  if (!policy.allowPrivateTargets && isPrivateHost(target.host)) {
    throw new EgretError("PRIVATE_TARGET", "The target is a private address");
  }
}

/** Every request names the same few origins. */
function getService(origin: string): OwnService {
  const known = ownServices.get(origin);
  if (known !== undefined) return known;
  const url = new URL(origin);
  const host = normalizeHost(url.hostname);
  const service = { host, port: getPort(url), isPrivate: isPrivateHost(host) };
  ownServices.set(origin, service);
  return service;
}

/** On a private address many names lead to one machine, so there the port alone tells. */
function isSameService(target: Target, own: OwnService): boolean {
  if (!own.isPrivate) return target.host === own.host;
  return target.port === own.port && isPrivateHost(target.host);
}

/** Refuses targets that this sandbox may not reach. Throws NETWORK_BLOCKED. */
export function checkSandboxNetwork(target: Target, network: SandboxNetwork): void {
  if (network.networkBlockAll) {
    throw new EgretError("NETWORK_BLOCKED", "This sandbox may reach no host (networkBlockAll)");
  }
  const allowed = network.domainAllowList;
  if (allowed !== null && !matchesAnyHostPattern(allowed, target.host)) {
    throw new EgretError(
      "NETWORK_BLOCKED",
      "This sandbox may not reach the target's host (domainAllowList)",
    );
  }
}

import { EgretError } from "../../shared/errors.ts";
import { matchesAnyHostPattern, normalizeHost } from "../../shared/host-pattern.ts";
import { isPrivateHost } from "./private-target.ts";
import type { Target } from "./target.ts";

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

/** Refuses targets that no sandbox may reach. Throws PRIVATE_TARGET. */
export function checkTarget(target: Target, policy: TargetPolicy): void {
  if (policy.ownOrigins.some((origin) => isSameService(target, new URL(origin)))) {
    throw new EgretError("PRIVATE_TARGET", "The target is the egress itself");
  }
  if (!policy.allowPrivateTargets && isPrivateHost(target.host)) {
    throw new EgretError("PRIVATE_TARGET", "The target is a private address");
  }
}

/** On a private address many names lead to one machine, so there the port alone tells. */
function isSameService(target: Target, own: URL): boolean {
  const ownHost = normalizeHost(own.hostname);
  if (!isPrivateHost(ownHost)) return target.host === ownHost;
  return isPrivateHost(target.host) && getPort(new URL(target.href)) === getPort(own);
}

function getPort(url: URL): string {
  return url.port || (url.protocol === "https:" ? "443" : "80");
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

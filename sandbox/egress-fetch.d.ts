/** What createEgressFetch is told. */
export type EgressFetchOptions = {
  /** The egress's address, for example `https://egress.example`. */
  egressUrl: string;
  /** The sandbox's token. */
  token: string;
  /** What reaches the egress; the global fetch unless told. */
  fetch?: typeof globalThis.fetch;
};

/**
 * Makes a fetch that sends every http and https request by the egress's forwarding route, and is
 * otherwise used like the one it replaces. Throws a TypeError for options that cannot be right.
 */
export function createEgressFetch(options: EgressFetchOptions): typeof globalThis.fetch;

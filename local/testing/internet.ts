import { HttpOptions_Style } from "miniflare";

/** Name of the Worker that stands between the Worker under test and the upstream. */
export const INTERNET = "internet";

/**
 * Makes the Worker to which every outbound fetch goes: it hands all of it on to the upstream as a
 * proxy gets it, whatever the host, so that the upstream sees the bytes of a real connection.
 */
export function createInternet(upstreamAddress: string) {
  return {
    name: INTERNET,
    modules: true,
    compatibilityDate: "2026-10-01",
    script: `export default {
      fetch: (request, env) => env.UPSTREAM.fetch(request, { redirect: "manual" }),
    }`,
    serviceBindings: {
      UPSTREAM: {
        external: { address: upstreamAddress, http: { style: HttpOptions_Style.PROXY } },
      },
    },
  };
}

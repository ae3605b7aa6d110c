import type { Sandbox } from "../../local/client.ts";
import type { Ground } from "../ground/ground.ts";

/** The headers with which a sandbox calls through the egress, its placeholder as a credential. */
export function createCallHeaders(sandbox: Sandbox): Record<string, string> {
  return {
    "Proxy-Authorization": `Bearer ${sandbox.egress.token}`,
    Authorization: `Bearer ${sandbox.env["KEY"]}`,
  };
}

/** The URL of a path of the upstream, through a Worker that forwards. */
export function createCallUrl(ground: Ground, origin: string, path: string): string {
  return `${origin}/forward/http/${ground.upstream}${path}`;
}

import { WorkerEntrypoint } from "cloudflare:workers";

type Env = { LOADER: WorkerLoader; EGRESS: Fetcher };

/** What to run: an ES module with a `fetch` handler, its variables, and the sandbox's token. */
type Job = { code: string; env: Record<string, string>; token: string };

/**
 * The way out of one isolate: every `fetch` of the loaded code comes here with its own URL, and
 * goes on to Egret with the sandbox's token, which the code never sees.
 */
export class SandboxOutbound extends WorkerEntrypoint<Env, { token: string }> {
  override fetch(request: Request): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set("Proxy-Authorization", `Bearer ${this.ctx.props.token}`);
    return this.env.EGRESS.fetch(new Request(request, { headers, redirect: "manual" }));
  }
}

export default {
  async fetch(request, env, context) {
    const { code, env: variables, token } = await request.json<Job>();
    const isolate = env.LOADER.get(crypto.randomUUID(), () => ({
      compatibilityDate: "2026-10-01",
      mainModule: "main.js",
      modules: { "main.js": code },
      env: variables,
      globalOutbound: context.exports.SandboxOutbound({ props: { token } }),
    }));
    return isolate.getEntrypoint().fetch(request.url);
  },
} satisfies ExportedHandler<Env>;

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: { SandboxOutbound: typeof SandboxOutbound };
    }
  }
}

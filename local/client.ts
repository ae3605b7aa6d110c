import type { LocalDetails } from "./state.ts";

/** The fields of a secret that tests look at. */
export type Secret = { id: string; name: string; placeholder: string; hosts: string[] };
/** The fields of a sandbox that tests look at. */
export type Sandbox = {
  id: string;
  env: Record<string, string>;
  egress: { url: string; token: string };
};

/** Calls the API with a key; returns status and body (null where it is empty). */
export async function callApi(
  local: Pick<LocalDetails, "apiUrl" | "apiKey">,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(local.apiUrl + path, {
    method,
    headers: { Authorization: `Bearer ${local.apiKey}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
}

/** Creates a secret; throws where the API refuses. */
export async function createSecret(
  local: LocalDetails,
  secret: { name: string; value: string; hosts: string[] },
): Promise<Secret> {
  return expectOk(await callApi(local, "POST", "/secret", secret)) as Secret;
}

/** Creates a sandbox with its secrets mounted; throws where the API refuses. */
export async function createSandbox(
  local: LocalDetails,
  secrets: Record<string, string>[],
): Promise<Sandbox> {
  return expectOk(await callApi(local, "POST", "/sandbox", { secrets })) as Sandbox;
}

/** Sends a request as a sandbox does: through the egress's forwarding route, by its token. */
export function fetchThroughEgress(
  sandbox: Sandbox,
  target: string,
  init: RequestInit = {},
): Promise<Response> {
  const { protocol, host, pathname, search } = new URL(target);
  const headers = new Headers(init.headers);
  headers.set("Proxy-Authorization", `Bearer ${sandbox.egress.token}`);
  const route = `${sandbox.egress.url}/forward/${protocol.slice(0, -1)}/${host}${pathname}${search}`;
  return fetch(route, { ...init, headers });
}

function expectOk({ status, body }: { status: number; body: unknown }): unknown {
  if (status >= 300) throw new Error(`the API answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

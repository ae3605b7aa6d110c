import { randomBytes } from "node:crypto";
import { createSandbox, createSecret, type Sandbox } from "../../local/client.ts";
import type { LocalDetails } from "../../local/state.ts";
import { MAX_SECRETS_PER_SANDBOX } from "../../shared/limits.ts";

const UPSTREAM_HOST = "127.0.0.1";

/** The sandboxes that call the upstream, made through the API. */
export type Sandboxes = {
  /** One secret, KEY, that the upstream may receive. */
  one: Sandbox;
  /** As many as a sandbox may have, all of them for the upstream; KEY is one. */
  hundred: Sandbox;
  /** One secret, KEY, for another host than the upstream's. */
  elsewhere: Sandbox;
};

/** Makes a value that looks like an API key. */
export function createValue(): string {
  return `sk-${randomBytes(36).toString("base64url")}`;
}

/** Makes the sandboxes; `value` is that of the secret KEY where the upstream may receive it. */
export async function createSandboxes(local: LocalDetails, value: string): Promise<Sandboxes> {
  const hosts = [UPSTREAM_HOST];
  await createSecret(local, { name: "KEY", value, hosts });
  await createSecret(local, { name: "OTHER", value: createValue(), hosts: ["api.example.com"] });
  const names = Array.from({ length: MAX_SECRETS_PER_SANDBOX - 1 }, (_, index) => `KEY_${index}`);
  for (const name of names) await createSecret(local, { name, value: createValue(), hosts });
  return {
    one: await createOneSecretSandbox(local),
    hundred: await createSandbox(local, [
      { KEY: "KEY" },
      ...names.map((name) => ({ [name]: name })),
    ]),
    elsewhere: await createSandbox(local, [{ KEY: "OTHER" }]),
  };
}

/** Makes a sandbox that no egress has seen, with the secret KEY. */
export function createOneSecretSandbox(local: LocalDetails): Promise<Sandbox> {
  return createSandbox(local, [{ KEY: "KEY" }]);
}

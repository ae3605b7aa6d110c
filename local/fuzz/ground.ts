import { randomBytes } from "node:crypto";
import { createSandbox, createSecret, type Sandbox } from "../client.ts";
import type { Stack } from "../stack.ts";
import { type EchoUpstream, startEchoUpstream } from "./upstream.ts";

/** What the requests are made of: a stack with secrets, a sandbox, and an upstream that echoes. */
export type Ground = {
  apiPort: number;
  egressPort: number;
  apiKey: string;
  organizationId: string;
  /** What requests to the API may change and delete. */
  changed: { secretId: string; sandboxId: string };
  sandbox: Sandbox;
  /** The placeholders of the secret that may go to the upstream, and of the one that may not. */
  placeholders: { allowed: string; other: string };
  upstream: EchoUpstream;
  /** Texts that no answer may hold. */
  secrets: string[];
  /** The text that the upstream may not be sent. */
  otherValue: string;
};

/** Prepares a running stack. The caller closes the upstream. */
export async function prepareGround({ details }: Stack): Promise<Ground> {
  const values = [createValue(), createValue()] as const;
  const allowed = await createSecret(details, {
    name: "ALLOWED",
    value: values[0],
    hosts: ["127.0.0.1"],
  });
  const other = await createSecret(details, { name: "OTHER", value: values[1], hosts: ["a.test"] });
  const sandbox = await createSandbox(details, [{ ALLOWED: "ALLOWED" }, { OTHER: "OTHER" }]);
  const changed = await createSecret(details, { name: "CHANGED", value: values[0], hosts: [] });
  const changedSandbox = await createSandbox(details, [{ CHANGED: "CHANGED" }]);
  const databaseToken = new URL(details.databaseUrl).searchParams.get("authToken") ?? "";
  return {
    apiPort: Number(new URL(details.apiUrl).port),
    egressPort: Number(new URL(details.egressUrl).port),
    apiKey: details.apiKey,
    organizationId: details.organizationId,
    changed: { secretId: changed.id, sandboxId: changedSandbox.id },
    sandbox,
    placeholders: { allowed: allowed.placeholder, other: other.placeholder },
    upstream: await startEchoUpstream(),
    secrets: [...values, databaseToken, details.apiKey].filter(Boolean),
    otherValue: values[1],
  };
}

function createValue(): string {
  return `fuzz_${randomBytes(16).toString("hex")}`;
}

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  callApi,
  createSandbox,
  createSecret,
  type Sandbox,
  type Secret,
} from "../local/client.ts";
import { startUpstream, type Upstream } from "../local/demo/upstream.ts";

const BOUND_MS = 15_000;
const POLL_MS = 100;

const local = inject("local");

/** A sandbox with one secret of its own. */
type Subject = { secret: Secret; sandbox: Sandbox; value: string };
type Change = {
  name: string;
  make: (subject: Subject) => ReturnType<typeof callApi>;
  /** What `send` gives once the change is in force. */
  getExpected: (subject: Subject) => string;
};

const CHANGES: Change[] = [
  {
    name: "a new value",
    make: ({ secret, value }) =>
      callApi(local, "PATCH", `/secret/${secret.id}`, { value: `new-${value}` }),
    getExpected: ({ value }) => `new-${value}`,
  },
  {
    name: "narrower hosts",
    make: ({ secret }) =>
      callApi(local, "PATCH", `/secret/${secret.id}`, { hosts: ["api.example.com"] }),
    getExpected: ({ secret }) => secret.placeholder,
  },
  {
    name: "a secret unmounted",
    make: ({ sandbox }) => callApi(local, "PUT", `/sandbox/${sandbox.id}/secrets`, { secrets: [] }),
    getExpected: ({ secret }) => secret.placeholder,
  },
  {
    name: "a secret deleted",
    make: ({ secret }) => callApi(local, "DELETE", `/secret/${secret.id}`),
    getExpected: ({ secret }) => secret.placeholder,
  },
  {
    name: "a sandbox deleted",
    make: ({ sandbox }) => callApi(local, "DELETE", `/sandbox/${sandbox.id}`),
    getExpected: () => "SANDBOX_TOKEN_REQUIRED",
  },
];

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});

afterAll(() => upstream.close());

describe.concurrent("is in force within 15 s at the egress that just used what was before:", () => {
  test.for(CHANGES)("$name", async ({ name, make, getExpected }, { annotate }) => {
    const subject = await createSubject();
    expect(await send(subject)).toBe(subject.value);
    const { status } = await make(subject);
    expect(status).toBeLessThan(300);
    const inForceAfterMs = await waitUntilInForce(subject, getExpected(subject));
    await annotate(`${name}: after ${(inForceAfterMs / 1_000).toFixed(1)} s`);
    expect(await send(subject)).toBe(getExpected(subject));
  });
});

async function createSubject(): Promise<Subject> {
  const id = randomBytes(6).toString("hex");
  const value = `value-${id}`;
  const secret = await createSecret(local, { name: `KEY_${id}`, value, hosts: ["127.0.0.1"] });
  return { secret, sandbox: await createSandbox(local, [{ KEY: secret.name }]), value };
}

/**
 * Sends requests until one gets what is expected; gives how long after the change that one started,
 * in milliseconds. Until then each must get what was before, and none may start too late.
 */
async function waitUntilInForce(subject: Subject, expected: string): Promise<number> {
  const changedAt = performance.now();
  for (;;) {
    const afterMs = performance.now() - changedAt;
    const got = await send(subject);
    if (got === expected) return afterMs;
    expect(got).toBe(subject.value);
    expect(afterMs).toBeLessThan(BOUND_MS);
    await sleep(POLL_MS);
  }
}

/** Sends the placeholder to the upstream; gives what arrived there, or why nothing did. */
async function send({ secret, sandbox }: Subject): Promise<string | undefined> {
  const path = `/${randomBytes(6).toString("hex")}`;
  // Not fetch, which takes every 407 for a failure of the network (Fetch standard).
  const asked = request(`${sandbox.egress.url}/forward/http/127.0.0.1:${upstream.port}${path}`, {
    headers: {
      "Proxy-Authorization": `Bearer ${sandbox.egress.token}`,
      "X-Api-Key": secret.placeholder,
    },
  });
  const [answer] = (await once(asked.end(), "response")) as [IncomingMessage];
  answer.resume();
  const refusal = answer.headers["egret-error"];
  if (refusal !== undefined) return String(refusal);
  return upstream.seen.find(({ url }) => url === path)?.headers["x-api-key"];
}

import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { createSandbox, createSecret, type Sandbox } from "../../local/client.ts";
import type { LocalDetails } from "../../local/state.ts";
import type { ReceivedRequest } from "./api-upstream.ts";

/** A sandbox as a client in it sees it, and the values that it does not see. */
export type ClientSandbox = {
  /** A key for headers: in a header, in a form or in a URL each of its signs needs care. */
  key: { placeholder: string; value: string };
  /** A value that no header could hold, for bodies. */
  note: { placeholder: string; value: string };
  egress: Sandbox["egress"];
  /** The base URL of an upstream, for clients that take nothing else. */
  getBaseUrl(host: string, path?: string): string;
};

/** Opens a sandbox with two secrets for 127.0.0.1. */
export async function openClientSandbox(local: LocalDetails): Promise<ClientSandbox> {
  const id = randomBytes(6).toString("hex");
  const values = {
    KEY: `sk-test_$&"'\\%2F+/=;,<${id}>`,
    NOTE: `first "line"\nsecond & third=4 %41 + \u2028 😀 </note> $& ${id}`,
  };
  for (const [name, value] of Object.entries(values)) {
    await createSecret(local, { name: `${name}_${id}`, value, hosts: ["127.0.0.1"] });
  }
  const { env, egress } = await createSandbox(local, [
    { KEY: `KEY_${id}` },
    { NOTE: `NOTE_${id}` },
  ]);
  return {
    key: { placeholder: env["KEY"] ?? "", value: values.KEY },
    note: { placeholder: env["NOTE"] ?? "", value: values.NOTE },
    egress,
    getBaseUrl: (host, path = "") =>
      `${egress.url}/token/${egress.token}/forward/http/${host}${path}`,
  };
}

// The platform adds CF-Worker after the Worker has sent the request.
const OF_THE_WAY =
  /^(?:proxy-|cf-(?!worker$)|x-forwarded-|x-real-ip$|via$|forwarded$|cdn-loop$|true-client-ip$|egret)/;

/** Asserts that requests came for the upstream itself and hold nothing of the way they took. */
export function expectNothingOfEgret(
  requests: readonly ReceivedRequest[],
  host: string,
  { egress }: ClientSandbox,
): void {
  expect(requests.length).toBeGreaterThan(0);
  for (const { path, query, headers, body } of requests) {
    expect(Object.keys(headers).filter((name) => OF_THE_WAY.test(name))).toEqual([]);
    expect(headers["host"]).toBe(host);
    const text = [path, query, JSON.stringify(headers), body.toString("latin1")].join("\n");
    for (const trace of [egress.token, new URL(egress.url).host, "dtn_secret_", "/forward/"]) {
      expect(text).not.toContain(trace);
    }
  }
}

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { type Child, startChild } from "../local/child.ts";
import { createSandbox, createSecret, type Sandbox, type Secret } from "../local/client.ts";
import { startUpstream, type Upstream } from "../local/demo/upstream.ts";
import { choosePort } from "../local/ports.ts";

const ROOT = join(import.meta.dirname, "..");
const local = inject("local");
const stateDirectory = inject("stateDirectory");
const name = `ISOLATE_${randomBytes(6).toString("hex")}`;
const value = `sk-${randomBytes(16).toString("hex")}`;

// What an untrusted program does: it uses its key, sends it elsewhere, and looks for another way out.
const UNTRUSTED = `
import { connect } from "cloudflare:sockets";
const call = async (url) => {
  const answer = await fetch(url, { headers: { Authorization: "Bearer " + process.env.API_KEY } });
  return { status: answer.status, error: answer.headers.get("Egret-Error"), text: await answer.text() };
};
const leave = async (target) => {
  const socket = connect(target);
  const writer = socket.writable.getWriter();
  await writer.write(new TextEncoder().encode("GET /socket HTTP/1.0\\r\\n\\r\\n"));
  const { value } = await socket.readable.getReader().read();
  return "out: " + value?.length;
};
export default {
  async fetch() {
    const { allowed, other, target } = JSON.parse(process.env.PLAN);
    return Response.json({
      key: process.env.API_KEY,
      allowed: await call(allowed),
      other: await call(other),
      socket: await leave(target).catch(() => "closed"),
    });
  },
};`;

let upstream: Upstream;
let secret: Secret;
let sandbox: Sandbox;
let host: Child;
let hostUrl: string;

beforeAll(async () => {
  upstream = await startUpstream();
  secret = await createSecret(local, { name, value, hosts: ["127.0.0.1"] });
  sandbox = await createSandbox(local, [{ API_KEY: name }]);
  const port = await choosePort(0, "", []);
  hostUrl = `http://127.0.0.1:${port}`;
  host = startChild({
    name: "The isolate sandbox's host",
    nodeArgs: ["--import", join(ROOT, "local/leash.ts")],
    script: join(ROOT, "node_modules/wrangler/bin/wrangler.js"),
    args: [
      ...["dev", "--config", join(import.meta.dirname, "isolate-sandbox/wrangler.toml")],
      ...["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"],
      ...["--persist-to", join(stateDirectory, "isolate-storage")],
      ...["--env-file", join(ROOT, ".env")],
      "--show-interactive-dev-session=false",
    ],
    // The stack's own registry, where the host finds the egress.
    env: { WRANGLER_REGISTRY_PATH: join(stateDirectory, "registry") },
    logFile: join(stateDirectory, "logs/isolate.log"),
    onError: () => {},
  });
});

afterAll(async () => {
  await host.stop();
  await upstream.close();
});

type Call = { status: number; error: string | null; text: string };
type Report = { key: string; allowed: Call; other: Call; socket: string };

async function runUntrusted(plan: object): Promise<Report> {
  const answer = await fetch(hostUrl, {
    method: "POST",
    body: JSON.stringify({
      code: UNTRUSTED,
      env: { API_KEY: sandbox.env["API_KEY"], PLAN: JSON.stringify(plan) },
      token: sandbox.egress.token,
    }),
  });
  return (await answer.json()) as Report;
}

test("gives isolated code its key's use, and no other way out", async () => {
  const { port } = upstream;
  const plan = {
    allowed: `http://127.0.0.1:${port}/allowed`,
    other: `http://localhost:${port}/other`,
    target: `127.0.0.1:${port}`,
  };
  // The host answers once it is up and has found the egress.
  const result = await vi.waitUntil(
    async () => {
      const answer = await runUntrusted(plan).catch(() => null);
      return answer?.allowed?.status === 200 ? answer : null;
    },
    { timeout: 50_000, interval: 250 },
  );
  expect(result.key).toBe(secret.placeholder);
  expect(result.socket).toBe("closed");
  expect(result.allowed.text).toContain(secret.placeholder);
  expect(JSON.stringify(result)).not.toContain(value);
  const seenAt = (path: string) => upstream.seen.filter(({ url }) => url === path).at(-1);
  expect(seenAt("/allowed")?.headers["authorization"]).toBe(`Bearer ${value}`);
  expect(seenAt("/allowed")?.headers).not.toHaveProperty("proxy-authorization");
  expect(seenAt("/other")?.headers["authorization"]).toBe(`Bearer ${secret.placeholder}`);
  expect(seenAt("/socket")).toBeUndefined();
});

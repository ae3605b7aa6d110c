import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Egress, startEgress, TOKEN } from "./testing/egress.ts";
import { startUpstream, type Upstream } from "./testing/upstream.ts";

const REGISTER = join(import.meta.dirname, "register.js");

let egress: Egress;
let upstream: Upstream;

beforeAll(async () => {
  [egress, upstream] = await Promise.all([startEgress(), startUpstream()]);
});

afterAll(() => Promise.all([egress.close(), upstream.close()]));

/** Runs a program under `node --import`; the environment is what it is given alone. */
function run(code: string, env: Record<string, string>) {
  return new Promise<{ status: unknown; stdout: string; stderr: string }>((done) => {
    const args = ["--import", REGISTER, "--input-type=module", "--eval", code];
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      done({ status: error?.code ?? 0, stdout, stderr }),
    );
  });
}

test("routes the global fetch of a program that knows nothing of it", async () => {
  const code = `console.log((await (await fetch("${upstream.origin}/path?x")).json()).url)`;
  const { stdout, stderr } = await run(code, {
    EGRET_EGRESS_URL: egress.url,
    EGRET_EGRESS_TOKEN: TOKEN,
  });
  expect({ stdout, stderr }).toEqual({ stdout: "/path?x\n", stderr: "" });
  expect(egress.seen).toEqual([`GET /forward/http/${upstream.host}/path?x`]);
});

test.each([
  { title: "no address", env: { EGRET_EGRESS_TOKEN: TOKEN } },
  { title: "no token", env: { EGRET_EGRESS_URL: "https://egress.example" } },
  {
    title: "an empty token",
    env: { EGRET_EGRESS_URL: "https://egress.example", EGRET_EGRESS_TOKEN: "" },
  },
])("does not let the program run with $title", async ({ env }) => {
  const { status, stdout, stderr } = await run(`console.log("ran")`, env);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain("Set EGRET_EGRESS_URL and EGRET_EGRESS_TOKEN");
  expect(stderr).not.toContain(TOKEN);
});

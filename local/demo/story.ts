import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  callApi,
  createSandbox,
  createSecret,
  fetchThroughEgress,
  type Sandbox,
  type Secret,
} from "../client.ts";
import type { LocalDetails } from "../state.ts";
import type { Report } from "./report.ts";
import type { SeenRequest, Upstream } from "./upstream.ts";

const PROPAGATION_MS = 15_000;
const POLL_MS = 100;

/** Who takes part in the story. */
export type Cast = {
  local: LocalDetails;
  /** Called as 127.0.0.1, which the secret allows. */
  allowed: Upstream;
  /** Called as localhost, which it does not. */
  other: Upstream;
  report: Report;
  signal: AbortSignal;
};

type Scene = Cast & { secret: Secret; sandbox: Sandbox; value: string };

/** Plays the whole story against a running stack. */
export async function playStory(cast: Cast): Promise<void> {
  const scene = await storeAndMount(cast);
  await callAllowedHost(scene);
  await callOtherHost(scene);
  await rotate(scene);
  await remove(scene);
}

async function storeAndMount(cast: Cast): Promise<Scene> {
  const { local, report } = cast;
  const value = `sk_live_${randomBytes(9).toString("hex")}`;
  report.begin("A secret is stored, for one host");
  report.show("you send", `PAYMENTS_KEY = ${value}, hosts: 127.0.0.1`);
  const secret = await createSecret(local, { name: "PAYMENTS_KEY", value, hosts: ["127.0.0.1"] });
  report.show("the API answers", `placeholder ${secret.placeholder}`);
  const isGivenBack = JSON.stringify(secret).includes(value);
  report.check("the value in it", isGivenBack ? value : "none", "none");

  report.begin("A sandbox gets it as an environment variable");
  const sandbox = await createSandbox(local, [{ API_KEY: secret.name }]);
  report.check(
    "the sandbox sees",
    `API_KEY=${sandbox.env["API_KEY"]}`,
    `API_KEY=${secret.placeholder}`,
  );
  return { ...cast, secret, sandbox, value };
}

async function callAllowedHost(scene: Scene): Promise<void> {
  const { report, secret, value, allowed } = scene;
  const target = `http://127.0.0.1:${allowed.port}/v1/charges`;

  report.begin("It calls the allowed host: a header");
  const bearer = `Bearer ${secret.placeholder}`;
  report.show("the sandbox sends", `Authorization: ${bearer}`);
  const echo = await send(scene, target, { headers: { Authorization: bearer } });
  report.check("the host receives", readHeader(allowed, "authorization"), `Bearer ${value}`);
  report.show("the host echoes it", "the value, in its answer's body");
  report.check("the sandbox gets", echo.headers["authorization"], bearer);

  report.begin("The same in Basic credentials");
  const basic = `Basic ${encodeBase64(`user:${secret.placeholder}`)}`;
  report.show("the sandbox sends", `Authorization: ${basic}`);
  await send(scene, target, { headers: { Authorization: basic } });
  const received = readHeader(allowed, "authorization").replace(/^Basic /, "");
  report.check("the host decodes", decodeBase64(received), `user:${value}`);

  report.begin("The same in a JSON body");
  const body = JSON.stringify({ amount: 100, key: secret.placeholder });
  report.show("the sandbox sends", body);
  const headers = { "Content-Type": "application/json" };
  const bodyEcho = await send(scene, target, { method: "POST", headers, body });
  report.check(
    "the host receives",
    allowed.seen.at(-1)?.body,
    JSON.stringify({ amount: 100, key: value }),
  );
  report.check("the sandbox gets", bodyEcho.body, body);
}

async function callOtherHost(scene: Scene): Promise<void> {
  const { report, secret, other } = scene;
  report.begin("It calls a host that the secret does not allow");
  const bearer = `Bearer ${secret.placeholder}`;
  report.show("the sandbox sends", `Authorization: ${bearer}`);
  const headers = { Authorization: bearer };
  await send(scene, `http://localhost:${other.port}/collect`, { headers });
  report.check("the host receives", readHeader(other, "authorization"), bearer);
}

async function rotate(scene: Scene): Promise<void> {
  const { report, secret, local } = scene;
  const value = `sk_live_${randomBytes(9).toString("hex")}`;
  report.begin("The secret is rotated; the sandbox is not touched");
  report.show("you send", `PAYMENTS_KEY = ${value}`);
  await callApi(local, "PATCH", `/secret/${secret.id}`, { value });
  await checkWithin15Seconds(scene, value);
}

async function remove(scene: Scene): Promise<void> {
  const { report, secret, local } = scene;
  report.begin("The secret is deleted");
  const { status } = await callApi(local, "DELETE", `/secret/${secret.id}`);
  report.check("the API answers", status, 204);
  await checkWithin15Seconds(scene, secret.placeholder);
}

/** Calls the allowed host until it receives what it should, and shows the seconds it took. */
async function checkWithin15Seconds(scene: Scene, expected: string): Promise<void> {
  const { report, secret, allowed, signal } = scene;
  const target = `http://127.0.0.1:${allowed.port}/v1/charges`;
  const start = performance.now();
  let elapsed: number;
  do {
    await sleep(POLL_MS, null, { signal });
    await send(scene, target, { headers: { "X-Api-Key": secret.placeholder } });
    elapsed = performance.now() - start;
  } while (readHeader(allowed, "x-api-key") !== expected && elapsed < PROPAGATION_MS);
  report.check("the host receives", readHeader(allowed, "x-api-key"), expected);
  report.show("in force after", `${(elapsed / 1000).toFixed(1)} s (promised: 15 s)`);
}

async function send(
  { sandbox, signal }: Scene,
  target: string,
  init: RequestInit,
): Promise<SeenRequest> {
  const answer = await fetchThroughEgress(sandbox, target, { ...init, signal });
  if (!answer.ok) throw new Error(`the egress answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as SeenRequest;
}

function readHeader(upstream: Upstream, name: string): string {
  return upstream.seen.at(-1)?.headers[name] ?? "";
}

function encodeBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function decodeBase64(text: string): string {
  return Buffer.from(text, "base64").toString();
}

import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createEgressFetch } from "../../sandbox/egress-fetch.js";
import { type ApiUpstream, sendEvent, startApiUpstream } from "../testing/api-upstream.ts";
import {
  type ClientSandbox,
  expectNothingOfEgret,
  openClientSandbox,
} from "../testing/client-sandbox.ts";

let upstream: ApiUpstream;
let sandbox: ClientSandbox;
let egressFetch: typeof fetch;
let isGone: Promise<void>;

beforeAll(async () => {
  sandbox = await openClientSandbox(inject("local"));
  upstream = await startApiUpstream(({ path }, response) => {
    if (path === "/endless") return sendEndlessly(response);
    response.setHeader("Set-Cookie", ["a=1; Path=/v1; Secure", "b=2"]);
    if (path === "/v1/away") response.writeHead(302, { Location: "../there?x#y" });
    return response.end("answer");
  });
  const { url: egressUrl, token } = sandbox.egress;
  egressFetch = createEgressFetch({ egressUrl, token });
});

afterAll(() => upstream.close());

function sendEndlessly(response: ServerResponse): void {
  const timer = setInterval(() => sendEvent(response, "tick"), 20);
  isGone = new Promise((done) => response.on("close", done));
  isGone.then(() => clearInterval(timer));
}

test("shows redirects, cookies and URLs as the upstream meant them", async () => {
  const response = await egressFetch(`http://${upstream.host}/v1/away`, { redirect: "manual" });
  expect(response.status).toBe(302);
  expect(response.headers.get("Location")).toBe(`http://${upstream.host}/there?x#y`);
  expect(response.headers.getSetCookie()).toEqual(["a=1; Secure; Path=/v1", "b=2; Path=/v1"]);
  const followed = await egressFetch(`http://${upstream.host}/v1/away`);
  expect(followed).toMatchObject({ url: `http://${upstream.host}/there?x`, redirected: true });
  expect(await followed.text()).toBe("answer");
});

test("sends the body of a Request with its length and with the value in it", async () => {
  upstream.received.length = 0;
  const body = JSON.stringify({ note: sandbox.note.placeholder });
  const headers = { "Content-Type": "application/json" };
  const init = { method: "POST", headers, body };
  await egressFetch(new Request(`http://${upstream.host}/v1`, init));
  expectNothingOfEgret(upstream.received, upstream.host, sandbox);
  const received = upstream.received[0];
  expect(received?.headers["content-length"]).toBe(String(received?.body.length));
  expect(JSON.parse(received?.body.toString() ?? "")).toEqual({ note: sandbox.note.value });
});

test("ends the upstream's request when the signal aborts", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const response = await egressFetch(`http://${upstream.host}/endless`, { signal });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  controller.abort();
  await expect(reader.read()).rejects.toThrow("aborted");
  await isGone;
});

test("gives what the egress refuses as a response with Egret-Error", async () => {
  const gone = await startApiUpstream(() => {});
  await gone.close();
  const response = await egressFetch(`http://${gone.host}/`);
  expect(response.status).toBe(502);
  expect(response.headers.get("Egret-Error")).toBe("UPSTREAM_UNREACHABLE");
  expect(response.url).toBe(`http://${gone.host}/`);
});

test("rejects with the reason where the token is wrong", async () => {
  const send = createEgressFetch({ egressUrl: sandbox.egress.url, token: "wrong" });
  const error = await send(`http://${upstream.host}/`).catch((thrown: Error) => thrown);
  expect(error).toBeInstanceOf(TypeError);
  expect(String((error as Error).cause)).toContain("407");
});

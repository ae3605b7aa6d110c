import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createEgressFetch } from "../../sandbox/egress-fetch.js";
import {
  type ApiUpstream,
  sendEvent,
  sendJson,
  startApiUpstream,
} from "../testing/api-upstream.ts";
import {
  type ClientSandbox,
  expectNothingOfEgret,
  openClientSandbox,
} from "../testing/client-sandbox.ts";

const WORDS = ["Hello", " from", " here"];
const MESSAGE = { id: "msg_1", type: "message", role: "assistant", model: "claude-test" };
const USAGE = { input_tokens: 1, output_tokens: 3 };
const PARAMS = {
  model: "claude-test",
  max_tokens: 10,
  messages: [{ role: "user" as const, content: "Hello" }],
};

let upstream: ApiUpstream;
let sandbox: ClientSandbox;
/** Called when the client has read a word: only then does the upstream send the next one. */
let sendNext: () => void = () => {};

beforeAll(async () => {
  sandbox = await openClientSandbox(inject("local"));
  upstream = await startApiUpstream(async (request, response) => {
    const text = `Your key: ${request.headers["authorization"]}`;
    const whole = { ...MESSAGE, content: [{ type: "text", text }], usage: USAGE };
    if (!JSON.parse(request.body.toString()).stream) return sendJson(response, whole);
    const send = (event: { type: string; [field: string]: unknown }) =>
      sendEvent(response, event, event.type);
    send({ type: "message_start", message: { ...MESSAGE, content: [], usage: USAGE } });
    send({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
    for (const word of WORDS) {
      const isRead = new Promise<void>((done) => {
        sendNext = done;
      });
      const delta = { type: "text_delta", text: word };
      send({ type: "content_block_delta", index: 0, delta });
      await isRead;
    }
    send({ type: "content_block_stop", index: 0 });
    send({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: USAGE });
    send({ type: "message_stop" });
    return response.end();
  });
});

afterAll(() => upstream.close());

/** The client by base URL and by the fetch module: nothing else is set. */
function createClients(): Anthropic[] {
  const apiKey = sandbox.key.placeholder;
  const { url: egressUrl, token } = sandbox.egress;
  const fetch = createEgressFetch({ egressUrl, token });
  return [
    new Anthropic({ apiKey, baseURL: sandbox.getBaseUrl(upstream.host) }),
    new Anthropic({ apiKey, baseURL: `http://${upstream.host}`, fetch }),
  ];
}

test("sends a message with the real key, which does not come back", async () => {
  for (const client of createClients()) {
    const { content } = await client.messages.create(PARAMS);
    expect(content).toEqual([
      { type: "text", text: `Your key: Bearer ${sandbox.key.placeholder}` },
    ]);
    expectNothingOfEgret(upstream.received, upstream.host, sandbox);
    const { path, headers } = upstream.received.splice(0)[0] ?? {};
    expect(path).toBe("/v1/messages");
    expect(headers?.["authorization"]).toBe(`Bearer ${sandbox.key.value}`);
    expect(headers).toHaveProperty("anthropic-version");
  }
});

test("streams a message: each event arrives before the next one is sent", async () => {
  for (const client of createClients()) {
    const read: string[] = [];
    const stream = client.messages.stream(PARAMS);
    stream.on("text", (word) => {
      read.push(word);
      sendNext();
    });
    expect(await stream.finalText()).toBe(WORDS.join(""));
    expect(read).toEqual(WORDS);
    expectNothingOfEgret(upstream.received, upstream.host, sandbox);
    const { headers } = upstream.received.splice(0)[0] ?? {};
    expect(headers?.["authorization"]).toBe(`Bearer ${sandbox.key.value}`);
  }
});

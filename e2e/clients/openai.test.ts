import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createEgressFetch } from "../../sandbox/egress-fetch.js";
import {
  type ApiUpstream,
  type ReceivedRequest,
  sendEvent,
  sendJson,
  startApiUpstream,
} from "../testing/api-upstream.ts";
import {
  type ClientSandbox,
  expectNothingOfEgret,
  openClientSandbox,
} from "../testing/client-sandbox.ts";

const ROOT = join(import.meta.dirname, "../..");

let upstream: ApiUpstream;
let sandbox: ClientSandbox;

beforeAll(async () => {
  sandbox = await openClientSandbox(inject("local"));
  upstream = await startApiUpstream((request, response) => {
    if (request.path === "/v1/files") return sendJson(response, { id: "file-1", object: "file" });
    // The key comes back, as from an upstream that shows what it was called with.
    const content = `You said: ${request.headers["authorization"]}`;
    const { stream } = JSON.parse(request.body.toString());
    if (!stream) return sendJson(response, { choices: [{ index: 0, message: { content } }] });
    for (const word of content.split(" ")) {
      sendEvent(response, { choices: [{ delta: { content: `${word} ` } }] });
    }
    sendEvent(response, "[DONE]");
    return response.end();
  });
});

afterAll(() => upstream.close());

/** The client by base URL and by the fetch module: nothing else is set. */
function createClients(): [string, OpenAI][] {
  const apiKey = sandbox.key.placeholder;
  const { url: egressUrl, token } = sandbox.egress;
  return [
    ["base URL", new OpenAI({ apiKey, baseURL: sandbox.getBaseUrl(upstream.host, "/v1") })],
    [
      "fetch",
      new OpenAI({
        apiKey,
        baseURL: `http://${upstream.host}/v1`,
        fetch: createEgressFetch({ egressUrl, token }),
      }),
    ],
  ];
}

function takeReceived(): ReceivedRequest {
  expectNothingOfEgret(upstream.received, upstream.host, sandbox);
  return upstream.received.splice(0).at(-1) as ReceivedRequest;
}

test("asks for a completion: key and prompt arrive, and the key does not come back", async () => {
  for (const [way, client] of createClients()) {
    const answer = await client.chat.completions.create({
      model: "gpt-test",
      messages: [{ role: "user", content: `Note: ${sandbox.note.placeholder}` }],
    });
    const { path, headers, body } = takeReceived();
    expect({ way, path }).toEqual({ way, path: "/v1/chat/completions" });
    expect(headers["authorization"]).toBe(`Bearer ${sandbox.key.value}`);
    expect(headers["content-length"]).toBe(String(body.length));
    expect(JSON.parse(body.toString()).messages[0].content).toBe(`Note: ${sandbox.note.value}`);
    const content = answer.choices[0]?.message.content;
    expect(content).toBe(`You said: Bearer ${sandbox.key.placeholder}`);
  }
});

test("streams a completion, in whose events the key does not come back either", async () => {
  for (const [, client] of createClients()) {
    const stream = await client.chat.completions.create({
      model: "gpt-test",
      messages: [{ role: "user", content: "Hello" }],
      stream: true,
    });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe(`You said: Bearer ${sandbox.key.placeholder} `);
    expect(takeReceived().headers["authorization"]).toBe(`Bearer ${sandbox.key.value}`);
  }
});

test("uploads a file whole", async () => {
  const content = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
  for (const [, client] of createClients()) {
    await client.files.create({ file: await toFile(content, "data.bin"), purpose: "batch" });
    const { headers, body } = takeReceived();
    const form = await new Response(new Uint8Array(body), {
      headers: { "Content-Type": headers["content-type"] ?? "" },
    }).formData();
    expect(Buffer.from(await (form.get("file") as File).arrayBuffer())).toEqual(content);
  }
});

test("runs unchanged, with its own variables and the egress's, under node --import", async () => {
  const program = `
    import OpenAI from "openai";
    const answer = await new OpenAI().chat.completions.create({
      model: "gpt-test",
      messages: [{ role: "user", content: "Hello" }],
    });
    console.log(answer.choices[0].message.content);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", join(ROOT, "sandbox/register.js"), "--input-type=module", "--eval", program],
    {
      cwd: ROOT,
      env: {
        OPENAI_API_KEY: sandbox.key.placeholder,
        OPENAI_BASE_URL: `http://${upstream.host}/v1`,
        EGRET_EGRESS_URL: sandbox.egress.url,
        EGRET_EGRESS_TOKEN: sandbox.egress.token,
      },
    },
  );
  expect(stdout).toBe(`You said: Bearer ${sandbox.key.placeholder}\n`);
  expect(takeReceived().headers["authorization"]).toBe(`Bearer ${sandbox.key.value}`);
});

import { Readable } from "node:stream";
import axios from "axios";
import { request as sendByUndici } from "undici";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createEgressFetch } from "../../sandbox/egress-fetch.js";
import {
  type ApiUpstream,
  type ReceivedRequest,
  sendJson,
  startApiUpstream,
} from "../testing/api-upstream.ts";
import {
  type ClientSandbox,
  expectNothingOfEgret,
  openClientSandbox,
} from "../testing/client-sandbox.ts";

let upstream: ApiUpstream;
let other: ApiUpstream;
let sandbox: ClientSandbox;

beforeAll(async () => {
  sandbox = await openClientSandbox(inject("local"));
  const answer = ({ path, headers }: ReceivedRequest, response: Parameters<typeof sendJson>[0]) => {
    if (path === "/v1/away") {
      return response.writeHead(302, { Location: `http://${other.host}/v1/there` }).end();
    }
    return sendJson(response, { path, authorization: headers["authorization"] });
  };
  [upstream, other] = await Promise.all([startApiUpstream(answer), startApiUpstream(answer)]);
});

afterAll(() => Promise.all([upstream.close(), other.close()]));

/** axios by base URL with its own HTTP, and by its fetch adapter with the fetch module. */
function createAxiosClients() {
  const { url: egressUrl, token } = sandbox.egress;
  return [
    axios.create({ baseURL: sandbox.getBaseUrl(upstream.host, "/v1") }),
    axios.create({
      baseURL: `http://${upstream.host}/v1`,
      adapter: "fetch",
      env: { fetch: createEgressFetch({ egressUrl, token }) },
    }),
  ];
}

function takeReceived(from = upstream): ReceivedRequest {
  expectNothingOfEgret(from.received, from.host, sandbox);
  return from.received.splice(0).at(-1) as ReceivedRequest;
}

function decodeBasic(authorization = ""): string {
  return Buffer.from(authorization.replace("Basic ", ""), "base64").toString();
}

test("axios: the key in a header and in the query, the note in JSON", async () => {
  for (const client of createAxiosClients()) {
    const { data } = await client.post(
      "/things",
      { note: sandbox.note.placeholder },
      {
        params: { key: sandbox.key.placeholder, "with space": "a+b" },
        headers: { Authorization: `Bearer ${sandbox.key.placeholder}` },
      },
    );
    expect(data.authorization).toBe(`Bearer ${sandbox.key.placeholder}`);
    const { path, query, headers, body } = takeReceived();
    expect(path).toBe("/v1/things");
    expect(headers["authorization"]).toBe(`Bearer ${sandbox.key.value}`);
    expect(headers["content-length"]).toBe(String(body.length));
    expect(Object.fromEntries(query)).toEqual({ key: sandbox.key.value, "with space": "a+b" });
    expect(JSON.parse(body.toString())).toEqual({ note: sandbox.note.value });
  }
});

test("axios: the key as a Basic password, the note in a form", async () => {
  for (const client of createAxiosClients()) {
    await client.post("/form", new URLSearchParams({ note: sandbox.note.placeholder }), {
      auth: { username: "user", password: sandbox.key.placeholder },
    });
    const { headers, body } = takeReceived();
    expect(decodeBasic(headers["authorization"])).toBe(`user:${sandbox.key.value}`);
    expect(new URLSearchParams(body.toString()).get("note")).toBe(sandbox.note.value);
  }
});

test("axios: a redirect to another upstream is followed through the egress", async () => {
  for (const client of createAxiosClients()) {
    const { data } = await client.get("/away");
    expect(data.path).toBe("/v1/there");
    takeReceived();
    expect(takeReceived(other).path).toBe("/v1/there");
  }
});

test("axios: a credential does not follow a redirect to another upstream through the module", async () => {
  const [, client] = createAxiosClients();
  const headers = { Authorization: `Bearer ${sandbox.key.placeholder}` };
  await client?.get("/away", { headers });
  expect(takeReceived().headers).toHaveProperty("authorization");
  expect(takeReceived(other).headers).not.toHaveProperty("authorization");
});

test("undici: by base URL, and by the route with Proxy-Authorization", async () => {
  const { url, token } = sandbox.egress;
  const ways = [
    { base: sandbox.getBaseUrl(upstream.host), headers: {} },
    {
      base: `${url}/forward/http/${upstream.host}`,
      headers: { "Proxy-Authorization": `Bearer ${token}` },
    },
  ];
  for (const { base, headers } of ways) {
    const { statusCode, body } = await sendByUndici(`${base}/v1/a%2Fb?x=%2B`, {
      method: "POST",
      headers: { ...headers, "X-Api-Key": sandbox.key.placeholder, "Content-Type": "text/plain" },
      body: Readable.from([
        "streamed: ",
        sandbox.note.placeholder.slice(0, 20),
        sandbox.note.placeholder.slice(20),
      ]),
    });
    expect(statusCode).toBe(200);
    await body.dump();
    const received = takeReceived();
    expect(received.path).toBe("/v1/a%2Fb");
    expect(received.query.toString()).toBe("x=%2B");
    expect(received.headers["x-api-key"]).toBe(sandbox.key.value);
    expect(received.body.toString()).toBe(`streamed: ${sandbox.note.value}`);
  }
});

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createSandbox, createSecret, type Sandbox } from "../local/client.ts";

// What only a connection shows: bodies where none is usual, and bodies that end before their end.
const local = inject("local");
const name = `BODIES_${randomBytes(6).toString("hex")}`;

let upstream: Server;
let sandbox: Sandbox;
let host: string;
let handle: (incoming: IncomingMessage) => Promise<string> | string = () => "";

beforeAll(async () => {
  upstream = createServer(async (incoming, response) => {
    response.end(await handle(incoming));
  });
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  host = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  await createSecret(local, { name, value: randomBytes(20).toString("hex"), hosts: ["127.0.0.1"] });
  sandbox = await createSandbox(local, [{ KEY: name }]);
});

afterAll(async () => {
  upstream.close();
  upstream.closeAllConnections();
  await once(upstream, "close");
});

function open(method: string, headers: Record<string, string> = {}) {
  return request(`${sandbox.egress.url}/forward/http/${host}/`, {
    method,
    headers: { "Proxy-Authorization": `Bearer ${sandbox.egress.token}`, ...headers },
  });
}

test.each([5, 2_000_000])("a GET with a body of %i bytes arrives with it", async (length) => {
  handle = async (incoming) => `${incoming.method} ${await text(incoming)}`;
  const body = "query".padEnd(length, "x");
  const call = open("GET", { "Content-Length": String(length) });
  call.end(body);
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  expect((await text(answer)) === `GET ${body}`).toBe(true);
});

test.each([
  ["searched", "text/plain", { "Transfer-Encoding": "chunked" }],
  ["handed on untouched", "image/png", { "Transfer-Encoding": "chunked" }],
  ["handed on with its length", "image/png", { "Content-Length": "2000000" }],
])(
  "an upload that its client breaks off, %s, is no whole upload upstream",
  async (_what, type, how) => {
    let start = () => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const received = new Promise<string>((resolve) => {
      handle = async (incoming) => {
        start();
        await text(incoming).then(
          () => resolve("whole"),
          () => resolve("broken"),
        );
        return "";
      };
    });
    const call = open("POST", { "Content-Type": type, ...how });
    call.on("error", () => {});
    call.write("beginning");
    await started;
    call.destroy();
    expect(await received).toBe("broken");
  },
);

test("an answer that its upstream breaks off is no whole answer", async () => {
  handle = (incoming) => {
    incoming.socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
    incoming.socket.end();
    return new Promise<string>(() => {});
  };
  const call = open("GET");
  call.end();
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  await expect(text(answer)).rejects.toThrow("aborted");
});

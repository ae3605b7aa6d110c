import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";
import { callApi } from "../testing/fixture.ts";

const URL = "https://api.test/api/socket.io/?EIO=4&transport=websocket";

/** Waits for the next message of a socket. */
function receive(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.addEventListener("message", ({ data }) => resolve(data), { once: true });
  });
}

it("lets the SDKs' socket in and tells it that no events are served", async () => {
  const worker = exports as unknown as { default: Fetcher };
  const answer = await worker.default.fetch(URL, { headers: { Upgrade: "websocket" } });
  expect(answer.status).toBe(101);
  const socket = answer.webSocket;
  if (socket === null) throw new Error("there is no socket");
  const opened = receive(socket);
  socket.accept();
  const handshake = String(await opened);
  expect(handshake[0]).toBe("0");
  expect(JSON.parse(handshake.slice(1))).toEqual({
    sid: expect.any(String),
    upgrades: [],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  });
  const refused = receive(socket);
  socket.send('40{"token":"dtn_x"}');
  expect(await refused).toBe('44{"message":"events are not served"}');
  socket.close();
});

it("answers a request that is no WebSocket with a clear error", async () => {
  expect(await callApi("GET /socket.io/?EIO=4&transport=polling")).toMatchObject({
    status: 400,
    body: { message: "Only the WebSocket transport is served" },
  });
});

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { acceptWebSocket } from "../testing/websocket-echo.ts";
import { type ArrivedRequest, SHAPES, WEB_SOCKET_SHAPE } from "./shapes.ts";

const EVENTS = 4;
const EVENT_GAP_MS = 200;
const KEEP_ALIVE_MS = 600_000;

/** How an upstream may fail: before an answer, instead of one, or within its body. */
export const UPSTREAM_FAULTS = ["reset", "stall", "garbage", "cut"] as const;
/** What the upstream tells of each request: its number, what stood in the secret's place, and all of it. */
export type Arrival = { id: number; slot: string | null; text: string };
/** A running upstream on 127.0.0.1, which `localhost` reaches too. */
export type Upstream = { port: number; close(): Promise<void> };

/**
 * Starts an upstream that answers with what it received in the secret's place, after the time and
 * with the fault that the request asks for (`X-Soak-Wait`, `X-Soak-Fault`).
 */
export async function startUpstream(tell: (arrival: Arrival) => void): Promise<Upstream> {
  const server = createServer((request, response) => {
    handle(request, response, tell).catch(() => response.destroy());
  });
  // A server does not count the connections that are no longer HTTP among its own.
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request, socket) => {
    upgraded.add(socket);
    socket.on("close", () => upgraded.delete(socket));
    receive({ ...parseHead(request), body: Buffer.alloc(0) }, tell);
    acceptWebSocket(request, socket);
  });
  // An idle connection that is closed just when it is used again would be a fault nobody asked for.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await once(server, "close");
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  tell: (arrival: Arrival) => void,
): Promise<void> {
  const echo = receive({ ...parseHead(request), body: await buffer(request) }, tell);
  await sleep(Number(request.headers["x-soak-wait"] ?? 0));
  switch (request.headers["x-soak-fault"]) {
    case "stall":
      return;
    case "reset":
      request.socket.resetAndDestroy();
      return;
    case "garbage":
      request.socket.end("\0\x01 this is not HTTP\r\n\r\n");
      return;
    case "cut":
      response.writeHead(200, { "Content-Length": 1_000_000 }).write(echo, () => {
        request.socket.destroy();
      });
      return;
  }
  if (request.headers.accept !== "text/event-stream") {
    response.setHeader("X-Echo", encodeURIComponent(echo));
    response.setHeader("Content-Type", "application/json").end(JSON.stringify({ echo }));
    return;
  }
  response.setHeader("Content-Type", "text/event-stream");
  for (let event = 0; event < EVENTS; event++) {
    response.write(`data: ${echo}\n\n`);
    await sleep(EVENT_GAP_MS);
  }
  response.end();
}

function parseHead({ url, headers }: IncomingMessage): Omit<ArrivedRequest, "body"> {
  return { url: new URL(url ?? "", "http://upstream"), headers };
}

/** Tells what has come, and gives what stood in the secret's place. */
function receive(arrived: ArrivedRequest, tell: (arrival: Arrival) => void): string {
  const [, name, id] = arrived.url.pathname.split("/");
  const shape = [...SHAPES, WEB_SOCKET_SHAPE].find((one) => one.name === name);
  const slot = shape?.read(arrived) ?? null;
  const body = name === "gzip" ? gunzipSync(arrived.body) : arrived.body;
  // Of a large body the part where secrets may stand; its filling was compared already.
  const end = body
    .subarray(-128 * 1024)
    .toString("latin1")
    .replaceAll(/x{64,}/g, "");
  tell({
    id: Number(id),
    slot,
    text: `${arrived.url.href}\n${JSON.stringify(arrived.headers)}\n${end}`,
  });
  return slot ?? "";
}

// The upstream of all benchmarks: a server that answers as fast as it can.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerTask } from "./process.ts";
import { BLOCK_BYTES, createTextBlock } from "./text-block.ts";

/** The value that downloads hold, once in each MiB. */
export type UpstreamTask = { value: string };
/** Where the upstream answers: `host:port`. */
export type UpstreamAnswer = { host: string };

const EVENT_INTERVAL_MS = 4;
const SMALL_ANSWER = JSON.stringify({
  id: "cmpl-9f2c41",
  object: "chat.completion",
  created: 1_790_000_000,
  choices: [{ index: 0, message: { role: "assistant", content: "Hello!" } }],
});

answerTask<UpstreamTask, UpstreamAnswer>(async ({ value }) => {
  const block = createTextBlock(value);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://upstream");
    const count = Number(url.searchParams.get("count"));
    if (url.pathname === "/text") return sendText(response, block, count);
    if (url.pathname === "/events") return sendEvents(response, count);
    return receive(request, response, url.pathname === "/sink");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
});

/** Takes a request's body and answers a small document, for `/sink` the body's length. */
function receive(request: IncomingMessage, response: ServerResponse, isSink: boolean): void {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on("end", () => {
    const body = isSink ? JSON.stringify({ bytes }) : SMALL_ANSWER;
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
    });
    response.end(body);
  });
}

function sendText(response: ServerResponse, block: Buffer, count: number): void {
  response.writeHead(200, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": count * BLOCK_BYTES,
  });
  let left = count;
  const send = () => {
    while (left > 0) {
      left -= 1;
      if (!response.write(block)) {
        response.once("drain", send);
        return;
      }
    }
    response.end();
  };
  send();
}

/** Each event holds the time at which it was sent, by the clock that all processes share. */
function sendEvents(response: ServerResponse, count: number): void {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.flushHeaders();
  let left = count;
  const timer = setInterval(() => {
    response.write(`data: ${process.hrtime.bigint()}\n\n`);
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    response.end();
  }, EVENT_INTERVAL_MS);
  response.on("close", () => clearInterval(timer));
}

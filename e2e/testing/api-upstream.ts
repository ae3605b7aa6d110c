import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A request as an upstream received it; header names are in lower case. */
export type ReceivedRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: Buffer;
};

/** A server on 127.0.0.1 that speaks as much of an API as a test needs. */
export type ApiUpstream = {
  /** Host and port. */
  host: string;
  /** Everything it has received, oldest first. */
  received: ReceivedRequest[];
  close(): Promise<void>;
};

/** Starts an upstream on a free port. `answer` is called with each request once it is whole. */
export async function startApiUpstream(
  answer: (request: ReceivedRequest, response: ServerResponse) => unknown,
): Promise<ApiUpstream> {
  const received: ReceivedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const { pathname, searchParams } = new URL(`http://upstream${incoming.url}`);
    const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
    const request = {
      method: incoming.method ?? "",
      path: pathname,
      query: searchParams,
      headers: Object.fromEntries(headers),
      body: await buffer(incoming),
    };
    received.push(request);
    await answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Answers with a JSON document. */
export function sendJson(response: ServerResponse, body: unknown): void {
  response.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
}

/** Sends one server-sent event (HTML Standard, section 9.2). */
export function sendEvent(response: ServerResponse, data: unknown, event?: string): void {
  if (!response.headersSent) response.setHeader("Content-Type", "text/event-stream");
  const head = event === undefined ? "" : `event: ${event}\n`;
  response.write(`${head}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
}

import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request as an upstream received it. */
export type SeenRequest = {
  method: string;
  /** Path and query. */
  url: string;
  headers: Record<string, string>;
  body: string;
};

/** A server on 127.0.0.1 that answers each request with what it saw of it, as JSON. */
export type Upstream = {
  port: number;
  /** Everything it has received, oldest first. */
  seen: SeenRequest[];
  close(): Promise<void>;
};

/** Starts an upstream on a free port. */
export async function startUpstream(): Promise<Upstream> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const received = await readRequest(request);
    seen.push(received);
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(received));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: request.method ?? "",
    url: request.url ?? "",
    headers: Object.fromEntries(headers),
    body: await text(request),
  };
}

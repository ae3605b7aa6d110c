import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on 127.0.0.1 that answers each request with what it saw of it, and bears any. */
export type EchoUpstream = {
  port: number;
  /** Gives all that was received since it was last asked. */
  takeSeen(): string;
  /** Whether a request was refused, as no HTTP and before its end, that was not told of yet. */
  takeRefusal(): boolean;
  close(): Promise<void>;
};

/** Starts an upstream on a free port. */
export async function startEchoUpstream(): Promise<EchoUpstream> {
  let seen = "";
  let refusals = 0;
  const server = createServer(async (request, response) => {
    const received = await readRequest(request).catch(() => null);
    // The egress gave up on it, as its client did.
    if (received === null) return;
    seen += received;
    response.setHeader("Content-Type", "text/plain").end(received);
  });
  // What a server does without being told to, and counted.
  server.on("clientError", (_error, socket) => {
    refusals += 1;
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    takeSeen() {
      const taken = seen;
      seen = "";
      return taken;
    },
    takeRefusal() {
      if (refusals === 0) return false;
      refusals -= 1;
      return true;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const head = [request.method, request.url, ...request.rawHeaders].join("\n");
  return `${head}\n\n${Buffer.concat(chunks).toString("latin1")}\n`;
}

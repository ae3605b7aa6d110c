import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { closeServer, openServer } from "./server.ts";

/** A KV namespace as workerd's binding reaches it, kept in memory, with a count of its reads. */
export type CountingKv = {
  address: string;
  /** Reads since it was asked the last time. */
  takeReads(): number;
  close(): Promise<void>;
};

/** Opens an empty KV namespace: GET and PUT of a key as the path, which is all that Egret uses. */
export async function openCountingKv(): Promise<CountingKv> {
  const entries = new Map<string, Buffer>();
  let reads = 0;
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://kv");
    if (request.method === "PUT") {
      entries.set(pathname, await buffer(request));
      response.end();
      return;
    }
    reads += 1;
    const entry = entries.get(pathname);
    response.writeHead(entry === undefined ? 404 : 200).end(entry);
  });
  return {
    address: `127.0.0.1:${await openServer(server)}`,
    takeReads() {
      const taken = reads;
      reads = 0;
      return taken;
    },
    close: () => closeServer(server),
  };
}

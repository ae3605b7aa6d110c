import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { startServer } from "./server.ts";

/** A request as an upstream saw it; header names are in lower case. */
export type SeenRequest = {
  method: string;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
};

/** An upstream on 127.0.0.1 and what it has seen, oldest first. */
export type Upstream = {
  origin: string;
  host: string;
  seen: SeenRequest[];
  close(): Promise<void>;
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Starts an upstream. `/redirect?status={status}&to={URL}` redirects, `handle` answers all else once
 * it is not told to echo: without it, the answer is what was seen, in JSON.
 */
export async function startUpstream(handle?: Handler): Promise<Upstream> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    if (handle !== undefined) return handle(request, response);
    const { method = "", url = "" } = request;
    const headers = Object.fromEntries(Object.entries(request.headers).sort());
    const one = { method, url, headers, body: await text(request) };
    seen.push(one);
    const { pathname, searchParams } = new URL(`http://upstream${url}`);
    if (pathname !== "/redirect") return response.end(JSON.stringify(one));
    response.writeHead(Number(searchParams.get("status")), {
      Location: searchParams.get("to") ?? "",
    });
    response.end("see there");
  });
  const { port, close } = await startServer(server);
  const host = `127.0.0.1:${port}`;
  return { origin: `http://${host}`, host, seen, close };
}

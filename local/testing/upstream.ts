import { Buffer } from "node:buffer";
import { type Request, Response } from "miniflare";

/**
 * Answers every outbound fetch of a Worker under test, whatever its host, with no network: the
 * database's requests go on to the real server, all others to an upstream that says what it saw.
 */
export function answerOutbound(databaseUrl: string) {
  const databaseHost = new URL(databaseUrl).host;
  return async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    if (url.host === databaseHost) return forwardToDatabase(request);
    return answerUpstream(url, request);
  };
}

async function forwardToDatabase(request: Request): Promise<Response> {
  const answer = await fetch(request.url, {
    method: request.method,
    headers: [...request.headers].filter(([name]) => name !== "content-length" && name !== "host"),
    ...(request.method === "GET" ? {} : { body: await request.arrayBuffer() }),
  });
  return new Response(await answer.arrayBuffer(), {
    status: answer.status,
    headers: { "Content-Type": answer.headers.get("Content-Type") ?? "application/json" },
  });
}

/** What the upstream saw of a request, as it answers it; the body is in base64. */
export type SeenRequest = {
  method: string;
  url: string;
  headers: [string, string][];
  body: string;
};

async function answerUpstream(url: URL, request: Request): Promise<Response> {
  const body = Buffer.from(await request.arrayBuffer());
  const seen: SeenRequest = {
    method: request.method,
    url: url.href,
    headers: [...request.headers],
    body: body.toString("base64"),
  };
  return Response.json(seen);
}

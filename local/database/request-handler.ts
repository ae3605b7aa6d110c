import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { RequestError } from "./errors.ts";
import { runPipeline } from "./protocol/pipeline.ts";
import { type HranaVersion, parsePipelineRequest } from "./protocol/requests.ts";
import type { Streams } from "./streams.ts";

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const STATUS_PATHS = new Set(["/health", "/v2", "/v3"]);
const PIPELINE_VERSIONS = new Map<string, HranaVersion>([
  ["/v2/pipeline", 2],
  ["/v3/pipeline", 3],
]);

/**
 * Makes the handler of HTTP requests: pipelines on streams for whoever has the token, and the
 * status addresses for anybody. It answers every request and never fails itself.
 */
export function createRequestHandler(
  streams: Streams,
  authToken: string | undefined,
): RequestListener {
  const isAuthorized = createAuthorization(authToken);
  return async (request, response) => {
    try {
      const [path = ""] = (request.url ?? "").split("?");
      const version = PIPELINE_VERSIONS.get(path);
      if (version !== undefined && request.method === "POST") {
        if (!isAuthorized(request)) {
          throw new RequestError(401, "AUTH_REQUIRED", "A valid bearer token is required");
        }
        await answerPipeline(request, response, streams, version);
      } else if (STATUS_PATHS.has(path) && request.method === "GET") {
        send(response, 200, JSON.stringify({ status: "ok" }));
      } else {
        throw new RequestError(404, "NOT_FOUND", "There is nothing at this address");
      }
    } catch (error) {
      answerError(request, response, error);
    }
  };
}

function createAuthorization(authToken: string | undefined): (request: IncomingMessage) => boolean {
  if (authToken === undefined) return () => true;
  // hashed, so that the comparison takes the same time whatever the length
  const expected = hash(`Bearer ${authToken}`);
  return ({ headers }) => timingSafeEqual(hash(headers.authorization ?? ""), expected);
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function answerError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const known = error instanceof RequestError ? error : null;
  if (!known) console.error("database server: request failed:", error);
  const { status, code, message } =
    known ?? new RequestError(500, "INTERNAL_ERROR", "The server failed");
  // a body that was not read to its end would be taken for the next request
  if (!request.complete) response.setHeader("connection", "close");
  send(response, status, JSON.stringify({ message, code }));
}

async function answerPipeline(
  request: IncomingMessage,
  response: ServerResponse,
  streams: Streams,
  version: HranaVersion,
): Promise<void> {
  const { baton, requests } = parsePipelineRequest(await readBody(request));
  const stream = baton === null ? streams.open() : streams.resume(baton);
  let body: string;
  try {
    const results = await runPipeline(stream, requests, version);
    if (response.destroyed) throw new RequestError(400, "CLIENT_GONE", "The client has gone");
    body = JSON.stringify({ baton: streams.release(stream), base_url: null, results });
  } catch (error) {
    streams.discard(stream);
    throw error;
  }
  send(response, 200, body);
}

/** Reads a JSON body. A page in a browser cannot send that type to us without asking first. */
function readBody(request: IncomingMessage): Promise<string> {
  const [type = ""] = (request.headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") {
    throw new RequestError(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json");
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) chunks.push(chunk);
      else reject(new RequestError(413, "BODY_TOO_LARGE", `Over ${MAX_BODY_BYTES} bytes of body`));
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("error", () => reject(new RequestError(400, "CLIENT_GONE", "The client has gone")));
  });
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

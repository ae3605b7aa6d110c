import { createHash, timingSafeEqual } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConnectionPool } from "./engine/connection-pool.ts";
import { WriteQueue } from "./engine/write-queue.ts";
import { RequestError } from "./errors.ts";
import { runPipeline } from "./protocol/pipeline.ts";
import { type HranaVersion, parsePipelineRequest } from "./protocol/requests.ts";
import { Streams } from "./streams.ts";

/** How the server is started. */
export type DatabaseServerOptions = {
  /** Path of the database file; made if it is missing. */
  file: string;
  /** 0 takes a free one. */
  port: number;
  /** 127.0.0.1 unless told. */
  host?: string;
  /** The bearer token that requests must carry; none is asked for without it. */
  authToken?: string;
  /** The clock that streams expire by, in milliseconds. */
  now?: () => number;
  /** How long a statement waits for the write lock. */
  writeWaitMs?: number;
};

/** A running server. */
export type DatabaseServer = { url: string; port: number; close(): Promise<void> };

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const KEEP_ALIVE_MS = 60_000;
const EXPIRE_EVERY_MS = 1_000;
const CLOSE_GRACE_MS = 1_000;
const PIPELINE_VERSIONS: Readonly<Record<string, HranaVersion>> = {
  "/v2/pipeline": 2,
  "/v3/pipeline": 3,
};
const STATUS_PATHS = new Set(["/health", "/v2", "/v3"]);

/**
 * Serves a database file as libSQL over HTTP (Hrana 2 and 3 with JSON; tursodatabase/libsql,
 * docs/HTTP_V2_SPEC.md and docs/HRANA_3_SPEC.md), for `@libsql/client/web`.
 * @throws Error when the file cannot be opened or the port is taken
 */
export async function startDatabaseServer(options: DatabaseServerOptions): Promise<DatabaseServer> {
  const { file, port, host = "127.0.0.1", now = () => performance.now() } = options;
  createPrivateFile(file);
  const pool = new ConnectionPool(file);
  const queue = new WriteQueue(options.writeWaitMs);
  const streams = new Streams(pool, queue, now);
  const isAuthorized = createAuthorization(options.authToken);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void answer(request, response, streams, isAuthorized);
  });
  try {
    await listen(server, port, host);
  } catch (error) {
    pool.close();
    throw error;
  }
  const expiry = setInterval(() => streams.expireIdle(), EXPIRE_EVERY_MS);
  const address = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = async () => {
    clearInterval(expiry);
    queue.close();
    await stopListening(server);
    streams.close();
    pool.close();
  };
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** SQLite gives its WAL the mode of the database file, so this one is made for the owner alone. */
function createPrivateFile(file: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot open the database file ${file}: ${reason}`);
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE";
      reject(isTaken ? new Error(`port ${port} on ${host} is already in use`) : error);
    });
    server.listen(port, host, resolve);
  });
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  streams: Streams,
  isAuthorized: (request: IncomingMessage) => boolean,
): Promise<void> {
  try {
    const [path = ""] = (request.url ?? "").split("?");
    const version = PIPELINE_VERSIONS[path];
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
    const known = error instanceof RequestError ? error : null;
    if (!known) console.error("database server: request failed:", error);
    const { status, code, message } =
      known ?? new RequestError(500, "INTERNAL_ERROR", "The server failed");
    // a body that was not read to its end would be taken for the next request
    if (!request.complete) response.setHeader("connection", "close");
    send(response, status, JSON.stringify({ message, code }));
  }
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

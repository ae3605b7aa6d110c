import { closeSync, openSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ConnectionPool } from "./engine/connection-pool.ts";
import { WriteQueue } from "./engine/write-queue.ts";
import { createRequestHandler } from "./request-handler.ts";
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

const KEEP_ALIVE_MS = 60_000;
const EXPIRE_EVERY_MS = 1_000;
const CLOSE_GRACE_MS = 1_000;

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
  const handler = createRequestHandler(streams, options.authToken);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handler);
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

import { randomBytes } from "node:crypto";
import type { Connection } from "./engine/connection.ts";
import type { ConnectionPool } from "./engine/connection-pool.ts";
import type { WriteQueue } from "./engine/write-queue.ts";
import { RequestError } from "./errors.ts";

/** How long a stream may stay unused before it is closed and its transaction undone. */
export const STREAM_IDLE_MS = 10_000;

/** How long an expired stream's baton is remembered, to tell its owner what happened. */
const EXPIRED_MEMORY_MS = 300_000;

const MAX_STREAMS = 512;
const BATON_BYTES = 24;

/** A stream: one connection, its open transaction and the SQL texts stored by the client. */
export class Stream {
  readonly storedSql = new Map<number, string>();
  readonly queue: WriteQueue;
  readonly #pool: ConnectionPool;
  #connection: Connection | null = null;
  #isClosed = false;

  constructor(pool: ConnectionPool, queue: WriteQueue) {
    this.#pool = pool;
    this.queue = queue;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The stream's connection, taken from the pool when first asked for. */
  get connection(): Connection {
    if (this.#isClosed) throw new RequestError(400, "STREAM_CLOSED", "The stream is closed");
    this.#connection ??= this.#pool.acquire();
    return this.#connection;
  }

  /** Undoes the open transaction and gives the connection back. May be called again. */
  close(): void {
    this.#isClosed = true;
    if (!this.#connection) return;
    this.#pool.release(this.#connection);
    this.#connection = null;
    this.queue.wake();
  }
}

/** All streams of the server. A stream between two requests is known by its baton alone. */
export class Streams {
  readonly #pool: ConnectionPool;
  readonly #queue: WriteQueue;
  readonly #now: () => number;
  readonly #busy = new Set<Stream>();
  /** In the order of their last use, so the first to expire come first. */
  readonly #idle = new Map<string, { stream: Stream; usedAt: number }>();
  readonly #expired = new Map<string, number>();

  constructor(pool: ConnectionPool, queue: WriteQueue, now: () => number) {
    this.#pool = pool;
    this.#queue = queue;
    this.#now = now;
  }

  /** Opens a stream. @throws RequestError 503 when there are too many */
  open(): Stream {
    if (this.#busy.size + this.#idle.size >= MAX_STREAMS) {
      throw new RequestError(503, "TOO_MANY_STREAMS", `More than ${MAX_STREAMS} open streams`);
    }
    const stream = new Stream(this.#pool, this.#queue);
    this.#busy.add(stream);
    return stream;
  }

  /** Takes up a stream again; its baton is thereby spent. @throws RequestError 400 */
  resume(baton: string): Stream {
    this.expireIdle();
    const idle = this.#idle.get(baton);
    if (idle) {
      this.#idle.delete(baton);
      this.#busy.add(idle.stream);
      return idle.stream;
    }
    if (this.#expired.has(baton)) {
      const message = "The stream has expired due to inactivity";
      throw new RequestError(400, "STREAM_EXPIRED", message);
    }
    throw new RequestError(400, "BATON_INVALID", "The baton is not valid or was used before");
  }

  /** Sets a stream down after a request. @returns its next baton, null if it is closed */
  release(stream: Stream): string | null {
    this.#busy.delete(stream);
    if (stream.isClosed) return null;
    const baton = randomBytes(BATON_BYTES).toString("base64url");
    this.#idle.set(baton, { stream, usedAt: this.#now() });
    return baton;
  }

  /** Drops a stream whose request failed or whose answer cannot be delivered. */
  discard(stream: Stream): void {
    this.#busy.delete(stream);
    stream.close();
  }

  /** Closes the streams that have been idle for too long, undoing their transactions. */
  expireIdle(): void {
    const now = this.#now();
    for (const [baton, { stream, usedAt }] of this.#idle) {
      if (now - usedAt < STREAM_IDLE_MS) break;
      this.#idle.delete(baton);
      this.#expired.set(baton, now);
      stream.close();
    }
    for (const [baton, expiredAt] of this.#expired) {
      if (now - expiredAt < EXPIRED_MEMORY_MS) break;
      this.#expired.delete(baton);
    }
  }

  /** Closes every stream. */
  close(): void {
    for (const { stream } of this.#idle.values()) stream.close();
    for (const stream of this.#busy) stream.close();
    this.#idle.clear();
    this.#busy.clear();
  }
}

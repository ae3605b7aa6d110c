import { isLockBusy, SqlError } from "../errors.ts";

type Waiter = { attempt: () => void; fail: (error: unknown) => void; timer: NodeJS.Timeout };

/** How long a statement waits for the write lock before it fails with SQLITE_BUSY. */
export const WRITE_WAIT_MS = 5_000;

/** How often the head of the queue looks whether another process has let go of the lock. */
const FOREIGN_LOCK_POLL_MS = 20;

/**
 * Lines up the statements that need the write lock, first come, first served.
 *
 * The engine is synchronous: were it to wait for the lock itself, the holder's COMMIT could never
 * be read from the network. So it never waits; a statement that finds the lock taken stands here
 * and is tried again, without blocking the event loop, the moment a transaction ends.
 */
export class WriteQueue {
  readonly #waitMs: number;
  readonly #waiters: Waiter[] = [];
  #poll: NodeJS.Timeout | undefined;
  #isPumping = false;
  #isClosed = false;

  constructor(waitMs: number = WRITE_WAIT_MS) {
    this.#waitMs = waitMs;
  }

  /**
   * Runs a synchronous attempt, now or once the lock is free. An attempt that meets a taken lock
   * must have changed nothing. One that needs no lock it does not already hold passes the queue.
   * @throws what the attempt throws; SqlError SQLITE_BUSY after the wait.
   */
  async run<T>(attempt: () => T, needsLock: boolean): Promise<T> {
    if (!needsLock || this.#waiters.length === 0) {
      try {
        return attempt();
      } catch (error) {
        if (!isLockBusy(error)) throw error;
      }
    }
    if (this.#isClosed) throw new SqlError("SQLITE_BUSY", "SQLite error: the server is closing");
    return await new Promise<T>((resolve, reject) => this.#enqueue(attempt, resolve, reject));
  }

  #enqueue<T>(attempt: () => T, resolve: (value: T) => void, fail: (error: unknown) => void) {
    const timer = setTimeout(() => {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      fail(new SqlError("SQLITE_BUSY", "SQLite error: database is locked"));
      this.wake();
    }, this.#waitMs);
    const waiter: Waiter = { attempt: () => resolve(attempt()), fail, timer };
    this.#waiters.push(waiter);
    this.#poll ??= setInterval(() => this.wake(), FOREIGN_LOCK_POLL_MS);
  }

  /** Tries those who wait, in order, until one meets a taken lock. Call when a transaction ended. */
  wake(): void {
    // an attempt that ends its own transaction calls back in here; the loop below goes on anyway
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (;;) {
      const head = this.#waiters[0];
      if (head === undefined || !this.#settle(head)) break;
      clearTimeout(head.timer);
      this.#waiters.shift();
    }
    this.#isPumping = false;
    if (this.#waiters.length === 0) {
      clearInterval(this.#poll);
      this.#poll = undefined;
    }
  }

  #settle(head: Waiter): boolean {
    try {
      head.attempt();
    } catch (error) {
      if (isLockBusy(error)) return false;
      head.fail(error);
    }
    return true;
  }

  /** Fails those who wait and whoever would have to wait later. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#poll);
    for (const { timer, fail } of this.#waiters.splice(0)) {
      clearTimeout(timer);
      fail(new SqlError("SQLITE_BUSY", "SQLite error: the server is closing"));
    }
  }
}

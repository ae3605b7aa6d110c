import { expect, onTestFinished, test, vi } from "vitest";
import { ConnectionPool } from "./engine/connection-pool.ts";
import { WriteQueue } from "./engine/write-queue.ts";
import { STREAM_IDLE_MS, Streams } from "./streams.ts";
import { createDatabasePath } from "./testing/database.ts";

function createStreams() {
  const pool = new ConnectionPool(createDatabasePath());
  const queue = new WriteQueue();
  const clock = { now: 0 };
  const streams = new Streams(pool, queue, () => clock.now);
  onTestFinished(() => {
    streams.close();
    pool.close();
  });
  return { streams, clock, queue };
}

test("a baton leads back to its stream once", () => {
  const { streams } = createStreams();
  const stream = streams.open();
  const baton = streams.release(stream) ?? "";
  expect(streams.resume(baton)).toBe(stream);
  expect(() => streams.resume(baton)).toThrow("used before");
  expect(streams.release(stream)).not.toBe(baton);
});

test("a baton is long and never the same", () => {
  const { streams } = createStreams();
  const batons = Array.from({ length: 100 }, () => streams.release(streams.open()) ?? "");
  expect(new Set(batons).size).toBe(100);
  for (const baton of batons) expect(baton).toMatch(/^[\w-]{32}$/);
});

test.each(["", "nonsense", "__proto__"])("refuses the made-up baton %j", (baton) => {
  expect(() => createStreams().streams.resume(baton)).toThrow("not valid");
});

test("a closed stream has no further baton", () => {
  const { streams } = createStreams();
  const stream = streams.open();
  stream.close();
  expect(streams.release(stream)).toBeNull();
  expect(() => stream.connection).toThrow("closed");
});

test("a stream that stays unused expires: its transaction is undone and the waiting wake", () => {
  const { streams, clock, queue } = createStreams();
  const wake = vi.spyOn(queue, "wake");
  const stream = streams.open();
  const { connection } = stream;
  connection.takeWriteLock();
  const baton = streams.release(stream) ?? "";

  clock.now = STREAM_IDLE_MS - 1;
  streams.expireIdle();
  expect(connection.inTransaction).toBe(true);

  clock.now = STREAM_IDLE_MS;
  expect(() => streams.resume(baton)).toThrow("expired");
  expect(connection.inTransaction).toBe(false);
  expect(wake).toHaveBeenCalled();

  clock.now += 300_000;
  expect(() => streams.resume(baton)).toThrow("not valid");
});

test("a stream in use does not expire, and each use starts its time anew", () => {
  const { streams, clock } = createStreams();
  const stream = streams.open();
  clock.now = 5 * STREAM_IDLE_MS;
  streams.expireIdle();
  const baton = streams.release(stream) ?? "";
  clock.now += STREAM_IDLE_MS - 1;
  expect(streams.resume(baton)).toBe(stream);
});

test("opens a limited number of streams", () => {
  const { streams } = createStreams();
  const open = Array.from({ length: 512 }, () => streams.open());
  expect(() => streams.open()).toThrow(expect.objectContaining({ status: 503 }));
  for (const stream of open) streams.discard(stream);
  expect(streams.open().isClosed).toBe(false);
});

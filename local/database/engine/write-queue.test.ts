import Database from "libsql";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WRITE_WAIT_MS, WriteQueue } from "./write-queue.ts";

const busy = () => {
  throw new Database.SqliteError("database is locked", "SQLITE_BUSY", 5);
};
let lockedBy: string | null;
let ran: string[];

/** An attempt that takes a pretended lock, or fails busy as the engine does. */
const take = (name: string) => () => {
  if (lockedBy !== null) busy();
  lockedBy = name;
  ran.push(name);
};

beforeEach(() => {
  vi.useFakeTimers();
  lockedBy = null;
  ran = [];
});
afterEach(() => vi.useRealTimers());

test("runs at once when the lock is free, and hands the result on", async () => {
  expect(await new WriteQueue().run(() => 7, true)).toBe(7);
  expect(vi.getTimerCount()).toBe(0);
});

test("serves those who wait in the order they came", async () => {
  const queue = new WriteQueue();
  lockedBy = "holder";
  const waiting = ["a", "b", "c"].map((name) => queue.run(take(name), true));
  for (const _ of waiting) {
    lockedBy = null;
    queue.wake();
  }
  await Promise.all(waiting);
  expect(ran).toEqual(["a", "b", "c"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("lets nobody pass who needs the lock, but whoever holds it", async () => {
  const queue = new WriteQueue();
  lockedBy = "holder";
  const first = queue.run(take("first"), true);
  lockedBy = null;
  const late = queue.run(take("late"), true);
  await queue.run(() => ran.push("holder's own"), false);
  queue.wake();
  await first;
  lockedBy = null;
  queue.wake();
  await late;
  expect(ran).toEqual(["holder's own", "first", "late"]);
});

test("notices without being told that another process has let go", async () => {
  const queue = new WriteQueue();
  lockedBy = "another process";
  const waiting = queue.run(take("a"), true);
  lockedBy = null;
  await vi.advanceTimersByTimeAsync(100);
  await waiting;
  expect(ran).toEqual(["a"]);
});

test("gives up after the wait with SQLITE_BUSY, and the next one goes on waiting", async () => {
  const queue = new WriteQueue();
  lockedBy = "holder";
  const first = expect(queue.run(take("a"), true)).rejects.toMatchObject({ code: "SQLITE_BUSY" });
  await vi.advanceTimersByTimeAsync(WRITE_WAIT_MS / 2);
  const second = queue.run(take("b"), true);
  await vi.advanceTimersByTimeAsync(WRITE_WAIT_MS / 2);
  await first;
  lockedBy = null;
  queue.wake();
  await second;
  expect(ran).toEqual(["b"]);
});

test("does not wait on a stale snapshot or any other error", async () => {
  const queue = new WriteQueue();
  const stale = new Database.SqliteError("database is locked", "SQLITE_BUSY_SNAPSHOT", 517);
  const failing = queue.run(() => {
    throw stale;
  }, true);
  await expect(failing).rejects.toBe(stale);
});

test("an attempt that fails for good does not hold up the next", async () => {
  const queue = new WriteQueue();
  lockedBy = "holder";
  const failing = queue.run(() => {
    if (lockedBy !== null) busy();
    throw new Error("constraint");
  }, true);
  const next = queue.run(take("next"), true);
  lockedBy = null;
  queue.wake();
  await expect(failing).rejects.toThrow("constraint");
  await next;
  expect(ran).toEqual(["next"]);
});

test("closing fails those who wait and leaves no timer", async () => {
  const queue = new WriteQueue();
  lockedBy = "holder";
  const waiting = queue.run(take("a"), true);
  queue.close();
  await expect(waiting).rejects.toThrow("closing");
  await expect(queue.run(take("b"), true)).rejects.toThrow("closing");
  expect(vi.getTimerCount()).toBe(0);
});

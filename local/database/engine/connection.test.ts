import { expect, onTestFinished, test } from "vitest";
import { createDatabasePath } from "../testing/database.ts";
import type { Connection } from "./connection.ts";
import { ConnectionPool } from "./connection-pool.ts";

function openTwo(): [Connection, Connection] {
  const pool = new ConnectionPool(createDatabasePath());
  const pair: [Connection, Connection] = [pool.acquire(), pool.acquire()];
  onTestFinished(() => {
    for (const connection of pair) pool.release(connection);
    pool.close();
  });
  pair[0].run("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
  return pair;
}

const query = (connection: Connection, sql: string) =>
  connection.execute(connection.prepare(sql), []).rows;

test("uses WAL and enforces foreign keys", () => {
  const [connection] = openTwo();
  expect(query(connection, "PRAGMA journal_mode")).toEqual([["wal"]]);
  expect(query(connection, "PRAGMA foreign_keys")).toEqual([[1n]]);
  expect(query(connection, "PRAGMA synchronous")).toEqual([[1n]]);
});

test("a lock that is taken leaves the connection fit for its next transaction", () => {
  const [holder, other] = openTwo();
  holder.takeWriteLock();
  expect(() => other.takeWriteLock()).toThrow("locked");
  expect(other.inTransaction).toBe(false);
  holder.commit();
  expect(other.takeWriteLock()).toBe(true);
  query(other, "INSERT INTO t (a) VALUES (1)");
  other.commit();
  expect(query(holder, "SELECT count(*) FROM t")).toEqual([[1n]]);
});

test("a transaction that read an old state cannot write, and can still be ended", () => {
  const [writer, reader] = openTwo();
  reader.run("BEGIN");
  query(reader, "SELECT * FROM t");
  query(writer, "INSERT INTO t (a) VALUES (1)");
  expect(() => reader.takeWriteLock()).toThrow(
    expect.objectContaining({ code: "SQLITE_BUSY_SNAPSHOT" }),
  );
  reader.commit();
  expect(query(reader, "SELECT count(*) FROM t")).toEqual([[1n]]);
});

test("a transaction takes the lock with its first write and tells when it has it", () => {
  const [connection, other] = openTwo();
  connection.run("BEGIN");
  expect(connection.holdsWriteLock).toBe(false);
  expect(connection.takeWriteLock()).toBe(false);
  expect(connection.holdsWriteLock).toBe(true);
  expect(() => other.takeWriteLock()).toThrow("locked");
  connection.rollback();
  expect(connection.holdsWriteLock).toBe(false);
  expect(other.takeWriteLock()).toBe(true);
});

test("a transaction does not count on the lock of the one before", () => {
  const [connection] = openTwo();
  const control = (sql: string) => connection.control(connection.prepare(sql).text);
  control("BEGIN IMMEDIATE");
  expect(connection.holdsWriteLock).toBe(true);
  control("SAVEPOINT a");
  expect(connection.holdsWriteLock).toBe(true);
  control("COMMIT");
  control("BEGIN DEFERRED");
  expect(connection.holdsWriteLock).toBe(false);
});

test("names the columns of the current schema for a cached statement", () => {
  const [connection, other] = openTwo();
  const prepared = connection.prepare("SELECT * FROM t");
  const names = () => connection.execute(prepared, []).columns.map((column) => column.name);
  expect(names()).toEqual(["id", "a"]);
  other.run("ALTER TABLE t RENAME COLUMN a TO b");
  expect(names()).toEqual(["id", "b"]);
  connection.run("ALTER TABLE t ADD COLUMN c");
  expect(names()).toEqual(["id", "b", "c"]);
});

test("gives row ids that a double cannot hold exactly", () => {
  const [connection] = openTwo();
  const insert = connection.prepare("INSERT INTO t (id) VALUES (?)");
  expect(connection.execute(insert, [2n ** 63n - 1n]).lastInsertRowId).toBe(2n ** 63n - 1n);
});

test("prepares a statement once, and forgets the oldest when there are many", () => {
  const [connection] = openTwo();
  const first = connection.prepare("SELECT 0");
  expect(connection.prepare("SELECT 0")).toBe(first);
  for (let number = 1; number <= 200; number += 1) connection.prepare(`SELECT ${number}`);
  expect(connection.prepare("SELECT 0")).not.toBe(first);
});

test("the pool undoes what was left open and drops connections that bear traces", () => {
  const pool = new ConnectionPool(createDatabasePath());
  onTestFinished(() => pool.close());
  const connection = pool.acquire();
  connection.run("BEGIN");
  connection.run("CREATE TABLE left_open (a)");
  pool.release(connection);
  expect(pool.acquire()).toBe(connection);
  expect(() => query(connection, "SELECT * FROM left_open")).toThrow("no such table");

  query(connection, "PRAGMA foreign_keys = off");
  pool.release(connection);
  expect(query(pool.acquire(), "PRAGMA foreign_keys")).toEqual([[1n]]);
});

test("an explained query does not keep later ones at an old state", () => {
  const pool = new ConnectionPool(createDatabasePath());
  onTestFinished(() => pool.close());
  const connection = pool.acquire();
  connection.run("CREATE TABLE t (a)");
  query(connection, "EXPLAIN QUERY PLAN SELECT * FROM t");
  const writer = pool.acquire();
  pool.release(connection);
  query(writer, "INSERT INTO t VALUES (1)");
  pool.release(writer);
  const [first, second] = [pool.acquire(), pool.acquire()];
  for (const each of [first, second]) {
    expect(query(each, "SELECT count(*) FROM t")).toEqual([[1n]]);
    pool.release(each);
  }
});

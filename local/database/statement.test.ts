import { expect, onTestFinished, test, vi } from "vitest";
import { ConnectionPool } from "./engine/connection-pool.ts";
import { WriteQueue } from "./engine/write-queue.ts";
import { type StatementText, splitStatements } from "./sql/statement-text.ts";
import { type BoundStatement, bindArguments, executeStatement } from "./statement.ts";
import { createDatabasePath } from "./testing/database.ts";

function bind(sql: string, args: Omit<BoundStatement, "sql">) {
  const [text] = splitStatements(sql);
  return bindArguments(text as StatementText, { sql, ...args });
}
const named = (values: Record<string, bigint | string>) => ({
  named_args: Object.entries(values).map(([name, value]) => ({ name, value })),
});

test("binds by position, numbered parameters too", () => {
  expect(bind("SELECT ?, ?", { args: [1n, 2n] })).toEqual([1n, 2n]);
  expect(bind("SELECT ?2, ?1, ?", { args: [1n, 2n, 3n] })).toEqual([1n, 2n, 3n]);
});

test.each([":a", "@a", "$a"])("binds %s by name, with and without its prefix", (parameter) => {
  expect(bind(`SELECT ${parameter}`, named({ [parameter]: 1n }))).toEqual([1n]);
  expect(bind(`SELECT ${parameter}`, named({ a: 1n }))).toEqual([1n]);
});

test("a name with its prefix is closer than one without", () => {
  expect(bind("SELECT :a, $a", named({ a: 1n, $a: 2n }))).toEqual([1n, 2n]);
});

test("a named argument comes before one by position, and null is an argument", () => {
  const args = { args: [1n, 2n], named_args: [{ name: ":b", value: null }] };
  expect(bind("SELECT :a, :b", args)).toEqual([1n, null]);
});

test.each([
  ["SELECT ?, ?", { args: [1n] }, "value for parameter 2 not found"],
  ["SELECT :a", { args: [] }, "value for parameter :a not found"],
  ["SELECT ?", { args: [1n, 2n] }, "too many parameters, expected 1 found 2"],
  ["SELECT :a", named({ a: 1n, b: 2n }), "there is no parameter b"],
  ["SELECT ?1", named({ "?2": 1n }), "value for parameter ?1 not found"],
  ["SELECT ?", { args: ["a\0b"] }, "parameter 1 contains a NUL character"],
  ["SELECT :a", named({ a: "\ud800" }), "parameter :a contains half of a surrogate pair"],
])("refuses %s with %o", (sql, args, message) => {
  const failure = expect.objectContaining({
    code: "ARGS_INVALID",
    message: `Arguments do not match SQL parameters: ${message}`,
  });
  expect(() => bind(sql, args)).toThrow(failure);
});

test("an EXPLAIN needs no arguments", () => {
  expect(bind("EXPLAIN SELECT ?, :a", {})).toEqual([null, null]);
});

test.each(["COMMIT", "ROLLBACK", "INSERT OR ROLLBACK INTO t VALUES (1), (1)"])(
  "whoever waits for the lock goes on at once after %s",
  async (end) => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const pool = new ConnectionPool(createDatabasePath());
    onTestFinished(() => pool.close());
    const queue = new WriteQueue();
    const [holder, other] = [pool.acquire(), pool.acquire()];
    const run = (connection: typeof holder, sql: string) =>
      executeStatement(connection, queue, { sql });
    await run(holder, "CREATE TABLE t (a UNIQUE)");
    await run(holder, "BEGIN IMMEDIATE");
    const waiting = run(other, "INSERT INTO t VALUES (2)");
    await run(holder, end).catch(() => null);
    expect(await waiting).toMatchObject({ affected_row_count: 1 });
  },
);

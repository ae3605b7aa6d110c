import type { Client } from "@libsql/client/web";
import { describe, expect, test } from "vitest";
import { createDatabasePath, startTestServer } from "./testing/database.ts";

const TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data)";
const insert = (name: string) => ({ sql: "INSERT INTO t (name) VALUES (?)", args: [name] });
const count = async (client: Client) =>
  (await client.execute("SELECT count(*) n FROM t")).rows[0]?.n;

async function startWithTable(options?: Parameters<typeof startTestServer>[0]) {
  const server = await startTestServer(options);
  const client = server.connect();
  await client.execute(TABLE);
  return { ...server, client };
}

describe("execute", () => {
  test("gives rows by name and index, columns and their types", async () => {
    const { client } = await startWithTable();
    await client.execute(insert("a"));
    const result = await client.execute("SELECT id, name, 1.5 FROM t");
    expect(result.columns).toEqual(["id", "name", "1.5"]);
    expect(result.columnTypes).toEqual(["INTEGER", "TEXT", ""]);
    expect(result.rows[0]).toMatchObject({ id: 1, name: "a", "1.5": 1.5 });
    expect(result.rows[0]?.[1]).toBe("a");
  });

  test("tells the rows affected and the last row id", async () => {
    const { client } = await startWithTable();
    const inserted = await client.execute("INSERT INTO t (name) VALUES ('a'), ('b')");
    expect(inserted).toMatchObject({ rowsAffected: 2, lastInsertRowid: 2n });
    const returned = await client.execute("INSERT INTO t (name) VALUES ('c') RETURNING id");
    expect(returned).toMatchObject({ rowsAffected: 1, lastInsertRowid: 3n, rows: [{ id: 3 }] });
    const updated = await client.execute("UPDATE t SET name = name || '!'");
    expect(updated).toMatchObject({ rowsAffected: 3, lastInsertRowid: undefined });
  });

  test("keeps values of every type", async () => {
    const { connect } = await startWithTable();
    const client = connect({ intMode: "bigint" });
    const blob = new Uint8Array([0, 1, 254, 255]);
    const args = [9223372036854775807n, -1.5, "é😀", null, blob, true, new Date(5)];
    const sql = "SELECT ?, ?, ?, ?, ?, ?, ?";
    const [row] = (await client.execute({ sql, args })).rows;
    expect(Array.from(row ?? [], (value) => value)).toEqual([
      ...args.slice(0, 4),
      blob.buffer,
      1n,
      5,
    ]);
  });

  test("takes named arguments with and without their prefix", async () => {
    const { client } = await startWithTable();
    const sql = "SELECT :a AS a, @b AS b, $c AS c";
    const { rows } = await client.execute({ sql, args: { a: "1", "@b": "2", c: "3" } });
    expect(rows).toMatchObject([{ a: "1", b: "2", c: "3" }]);
  });

  test.each([
    ["INSERT INTO t (name) VALUES ('a')", "SQLITE_CONSTRAINT", "UNIQUE constraint failed: t.name"],
    ["INSERT INTO t (id) VALUES (1)", "SQLITE_CONSTRAINT", "UNIQUE constraint failed: t.id"],
    ["SELEC", "SQL_PARSE_ERROR", "syntax error"],
    ["SELECT * FROM missing", "SQLITE_UNKNOWN", "no such table: missing"],
    ["SELECT 1; SELECT 2", "SQL_MANY_STATEMENTS", "more than one"],
    ["SELECT ?", "ARGS_INVALID", "parameter 1 not found"],
  ])("fails as sqld would: %s", async (sql, code, message) => {
    const { client } = await startWithTable();
    await client.execute(insert("a"));
    const failure = { name: "LibsqlError", code, message: expect.stringContaining(message) };
    await expect(client.execute(sql)).rejects.toMatchObject(failure);
  });
});

describe("batch", () => {
  test.each(["write", "read", "deferred"] as const)("runs in mode %s", async (mode) => {
    const { client } = await startWithTable();
    await client.execute(insert("a"));
    const select = "SELECT name FROM t WHERE id = ?";
    const results = await client.batch([{ sql: select, args: [1] }, [select, [2]]], mode);
    expect(results.map((result) => result.rows.length)).toEqual([1, 0]);
  });

  test.each(["write", "deferred"] as const)("undoes all of it in mode %s", async (mode) => {
    const { client } = await startWithTable();
    const failing = client.batch([insert("a"), insert("b"), insert("a"), insert("c")], mode);
    await expect(failing).rejects.toMatchObject({
      name: "LibsqlBatchError",
      statementIndex: 2,
      code: "SQLITE_CONSTRAINT",
    });
    expect(await count(client)).toBe(0);
  });

  test("runs the same statement many times", async () => {
    const { client } = await startWithTable();
    await client.batch(
      Array.from({ length: 300 }, (_, index) => insert(`n${index}`)),
      "write",
    );
    expect(await count(client)).toBe(300);
    const distinct = Array.from({ length: 60 }, (_, index) => `SELECT ${index}`);
    expect(await client.batch(distinct, "read")).toHaveLength(60);
  });
});

describe("transaction", () => {
  test("keeps what it did on commit, and shows it to others only then", async () => {
    const { client, connect } = await startWithTable();
    const other = connect();
    const transaction = await client.transaction("write");
    await transaction.execute(insert("a"));
    await transaction.batch([insert("b"), insert("c")]);
    expect((await transaction.execute("SELECT count(*) n FROM t")).rows[0]?.n).toBe(3);
    expect(await count(other)).toBe(0);
    await transaction.commit();
    expect(transaction.closed).toBe(true);
    expect(await count(other)).toBe(3);
  });

  test.each(["rollback", "close"] as const)("forgets what it did on %s", async (end) => {
    const { client } = await startWithTable();
    const transaction = await client.transaction("write");
    await transaction.execute(insert("a"));
    await transaction[end]();
    await client.execute(insert("b"));
    expect((await client.execute("SELECT name FROM t")).rows).toMatchObject([{ name: "b" }]);
  });

  test("goes on after a statement that failed", async () => {
    const { client } = await startWithTable();
    const transaction = await client.transaction("write");
    await transaction.execute(insert("a"));
    await expect(transaction.execute(insert("a"))).rejects.toThrow("UNIQUE");
    await transaction.executeMultiple("INSERT INTO t (name) VALUES ('b'); DELETE FROM t WHERE 0");
    await transaction.commit();
    expect(await count(client)).toBe(2);
  });

  test("reads one state for as long as it lasts", async () => {
    const { client, connect } = await startWithTable();
    const reader = await connect().transaction("read");
    expect((await reader.execute("SELECT count(*) n FROM t")).rows[0]?.n).toBe(0);
    await client.execute(insert("a"));
    expect((await reader.execute("SELECT count(*) n FROM t")).rows[0]?.n).toBe(0);
    await reader.commit();
    expect(await count(client)).toBe(1);
  });

  test("a deferred one cannot write over what it has not seen, and can be repeated", async () => {
    const { client, connect } = await startWithTable();
    const stale = await connect().transaction("deferred");
    await stale.execute("SELECT * FROM t");
    await client.execute(insert("a"));
    await expect(stale.execute(insert("b"))).rejects.toMatchObject({ code: "SQLITE_BUSY" });
    await stale.rollback();
    const fresh = await connect().transaction("deferred");
    await fresh.execute("SELECT * FROM t");
    await fresh.execute(insert("b"));
    await fresh.commit();
    expect(await count(client)).toBe(2);
  });
});

describe("executeMultiple and migrate", () => {
  test("runs a script with triggers, strings and comments", async () => {
    const { client } = await startWithTable();
    await client.executeMultiple(`
      -- a comment; with a semicolon
      CREATE TABLE log (line);
      CREATE TRIGGER logged AFTER INSERT ON t BEGIN
        INSERT INTO log VALUES ('one;'); INSERT INTO log VALUES (new.name);
      END;
      INSERT INTO t (name) VALUES ('a;b');
    `);
    const { rows } = await client.execute("SELECT line FROM log ORDER BY rowid");
    expect(rows).toMatchObject([{ line: "one;" }, { line: "a;b" }]);
  });

  test("migrates with foreign keys off, and has them on again afterwards", async () => {
    const { client } = await startWithTable();
    await client.execute(insert("a"));
    await client.execute("CREATE TABLE child (t REFERENCES t(id))");
    await client.execute("INSERT INTO child VALUES (1)");
    await client.migrate(["CREATE TABLE t2 AS SELECT * FROM t", "DROP TABLE t", TABLE]);
    expect((await client.execute("SELECT count(*) n FROM child")).rows[0]?.n).toBe(1);
    const orphan = client.execute("INSERT INTO child VALUES (9)");
    await expect(orphan).rejects.toThrow("FOREIGN KEY");
  });

  test("a migration that fails leaves everything as it was", async () => {
    const { client } = await startWithTable();
    await expect(client.migrate(["DROP TABLE t", "oops"])).rejects.toThrow("oops");
    expect(await count(client)).toBe(0);
    await expect(client.execute("PRAGMA foreign_keys")).resolves.toMatchObject({
      rows: [{ foreign_keys: 1 }],
    });
  });
});

describe("two clients at once", () => {
  test("a writer waits for the other's transaction while readers pass", async () => {
    const { client, connect } = await startWithTable();
    const holder = await connect().transaction("write");
    await holder.execute(insert("a"));
    const order: string[] = [];
    const waiting = client.execute(insert("b")).then(() => order.push("waiting"));
    for (let read = 0; read < 5; read += 1) expect(await count(client)).toBe(0);
    order.push("commit");
    await holder.commit();
    await waiting;
    expect(order).toEqual(["commit", "waiting"]);
    expect(await count(client)).toBe(2);
  });

  test("fifty writers and transactions all succeed", async () => {
    const { client, connect } = await startWithTable();
    const write = async (index: number) => {
      if (index % 2 === 0) return await client.execute(insert(`n${index}`));
      const transaction = await connect().transaction("write");
      await transaction.execute(insert(`n${index}`));
      await transaction.execute("UPDATE t SET data = coalesce(data, 0) + 1");
      return await transaction.commit();
    };
    await Promise.all(Array.from({ length: 50 }, (_, index) => write(index)));
    expect(await count(client)).toBe(50);
  });

  test("a writer that waits too long fails with SQLITE_BUSY and may try again", async () => {
    const { client, connect } = await startWithTable({ writeWaitMs: 20 });
    const holder = await connect().transaction("write");
    await holder.execute(insert("a"));
    await expect(client.execute(insert("b"))).rejects.toMatchObject({ code: "SQLITE_BUSY" });
    const second = connect().transaction("write");
    await expect((await second).execute("SELECT 1")).rejects.toMatchObject({ code: "SQLITE_BUSY" });
    await holder.commit();
    await client.execute(insert("b"));
    expect(await count(client)).toBe(2);
  });

  test("two deferred transactions that both want to write do not hang", async () => {
    const { client, connect } = await startWithTable({ writeWaitMs: 1_000 });
    const [one, two] = [
      await client.transaction("deferred"),
      await connect().transaction("deferred"),
    ];
    await one.execute("SELECT * FROM t");
    await two.execute("SELECT * FROM t");
    await one.execute(insert("a"));
    const blocked = expect(two.execute(insert("b"))).rejects.toMatchObject({ code: "SQLITE_BUSY" });
    await one.commit();
    await blocked;
    await two.rollback();
    expect(await count(client)).toBe(1);
  });
});

test("asks the client for the token", async () => {
  const { connect } = await startTestServer({ authToken: "secret" });
  await expect(connect().execute("SELECT 1")).rejects.toMatchObject({ code: "AUTH_REQUIRED" });
  const { rows } = await connect({ authToken: "secret" }).execute("SELECT 1 AS one");
  expect(rows).toMatchObject([{ one: 1 }]);
});

test("a restart keeps the data", async () => {
  const file = createDatabasePath();
  const first = await startTestServer({ file });
  await first.connect().executeMultiple(`${TABLE}; INSERT INTO t (name) VALUES ('kept')`);
  await first.close();
  const second = await startTestServer({ file });
  expect((await second.connect().execute("SELECT name FROM t")).rows).toMatchObject([
    { name: "kept" },
  ]);
});

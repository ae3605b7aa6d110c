import { statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { startDatabaseServer } from "./server.ts";
import { createDatabasePath, startTestServer } from "./testing/database.ts";
import { anyText } from "./testing/text.ts";

// a busy machine may take its time over the large bodies
vi.setConfig({ testTimeout: 30_000 });

const execute = (sql: string, more: object = {}) => ({ type: "execute", stmt: { sql, ...more } });
const close = { type: "close" };
const integer = (value: number) => ({ type: "integer", value: String(value) });

describe("over HTTP", () => {
  test.each(["/health", "/v2", "/v3"])("GET %s says that it is there", async (path) => {
    const { url } = await startTestServer({ authToken: "secret" });
    expect((await fetch(url + path)).status).toBe(200);
  });

  test.each([
    ["GET", "/v2/pipeline"],
    ["GET", "/"],
    ["GET", "/v3-protobuf"],
    ["POST", "/v1/execute"],
    ["POST", "/__proto__"],
  ])("there is nothing at %s %s", async (method, path) => {
    const { url } = await startTestServer();
    expect((await fetch(url + path, { method })).status).toBe(404);
  });

  test("asks for the bearer token that it was given", async () => {
    const { post } = await startTestServer({ authToken: "secret" });
    const body = { requests: [close] };
    const attempt = async (authorization: string) =>
      (await post(body, { headers: { authorization } })).status;
    expect((await post(body)).status).toBe(401);
    expect(await attempt("Bearer secre")).toBe(401);
    expect(await attempt("Bearer secret2")).toBe(401);
    expect(await attempt("secret")).toBe(401);
    expect(await attempt("Bearer secret")).toBe(200);
  });

  test("takes JSON only, so that a web page cannot reach it unasked", async () => {
    const { post } = await startTestServer();
    const headers = { "content-type": "text/plain" };
    expect((await post({ requests: [] }, { headers })).status).toBe(415);
    const withCharset = { "content-type": "application/json; charset=utf-8" };
    expect((await post({ requests: [] }, { headers: withCharset })).status).toBe(200);
  });

  test("refuses a body that is too large and goes on serving", async () => {
    const { post } = await startTestServer();
    const { status, body } = await post(`"${"x".repeat(33 * 1024 * 1024)}"`);
    expect(status).toBe(413);
    expect(body.code).toBe("BODY_TOO_LARGE");
    expect((await post({ requests: [] })).status).toBe(200);
  });

  test("answers any body with a status and a message, and lives on", async () => {
    const { post } = await startTestServer();
    const hostile = fc.oneof(anyText, fc.json());
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const { status, body } = await post(text || " ");
        expect(status).toBe(400);
        expect(body.message).not.toBe("");
      }),
      { numRuns: 50 },
    );
    expect((await post({ requests: [execute("SELECT 1")] })).status).toBe(200);
  });

  test("a client that breaks off in its body leaves the server working", async () => {
    const { url, post } = await startTestServer();
    await new Promise<void>((resolve) => {
      const headers = { "content-type": "application/json", "content-length": 1_000 };
      const upload = request(`${url}/v3/pipeline`, { method: "POST", headers });
      upload.on("error", () => resolve());
      upload.write('{"requests":', () => upload.destroy(new Error("gone")));
    });
    expect((await post({ requests: [execute("SELECT 1")] })).status).toBe(200);
  });
});

describe("pipelines", () => {
  test("run on one stream by batons that serve once", async () => {
    const { post } = await startTestServer();
    const first = await post({ requests: [execute("BEGIN"), execute("CREATE TABLE t (a)")] });
    const { baton } = first.body;
    const second = await post({ baton, requests: [execute("SELECT * FROM t"), close] });
    expect(second.body.results[0]?.response.result.cols).toEqual([{ name: "a", decltype: null }]);
    expect(second.body.baton).toBeNull();
    const again = await post({ baton, requests: [] });
    expect(again).toMatchObject({ status: 400, body: { code: "BATON_INVALID" } });
  });

  test("go on after a request that failed or is not known", async () => {
    const { post } = await startTestServer();
    const { body } = await post({
      requests: [execute("nonsense"), { type: "prophesy" }, execute("SELECT 1"), close],
    });
    expect(body.results.map((result) => result.error?.code ?? result.response.type)).toEqual([
      "SQL_PARSE_ERROR",
      "UNKNOWN_REQUEST",
      "execute",
      "close",
    ]);
  });

  test("that violate the protocol end with their stream", async () => {
    const { post } = await startTestServer();
    const { body } = await post({ requests: [execute("BEGIN IMMEDIATE")] });
    const sql = { type: "sequence", sql_id: 9 };
    const broken = await post({ baton: body.baton, requests: [sql] });
    expect(broken).toMatchObject({ status: 400, body: { message: expect.stringContaining("9") } });
    const other = await post({ requests: [execute("CREATE TABLE t (a)"), close] });
    expect(other.body.results[0]?.type).toBe("ok");
    expect((await post({ requests: [close, execute("SELECT 1")] })).status).toBe(400);
  });

  test("store SQL texts under numbers", async () => {
    const { post } = await startTestServer();
    const { body } = await post({
      requests: [
        { type: "store_sql", sql_id: 1, sql: "SELECT 5" },
        { type: "execute", stmt: { sql_id: 1 } },
        { type: "describe", sql_id: 1 },
        { type: "close_sql", sql_id: 1 },
        { type: "close_sql", sql_id: 2 },
        { type: "store_sql", sql_id: 1, sql: "SELECT 6" },
        { type: "execute", stmt: { sql_id: 1 } },
      ],
    });
    expect(body.results[1]?.response.result.rows).toEqual([[integer(5)]]);
    expect(body.results[6]?.response.result.rows).toEqual([[integer(6)]]);
    const twice = { type: "store_sql", sql_id: 1, sql: "" };
    expect((await post({ baton: body.baton, requests: [twice] })).status).toBe(400);
    const both = { type: "execute", stmt: { sql: "SELECT 1", sql_id: 1 } };
    expect((await post({ requests: [both] })).status).toBe(400);
  });

  test("describe a statement without running it", async () => {
    const { post } = await startTestServer();
    const { body } = await post({
      requests: [
        { type: "sequence", sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)" },
        { type: "describe", sql: "SELECT id, a, 1 FROM t WHERE id = ? OR a = :a OR a = ?5" },
        { type: "describe", sql: "DELETE FROM t" },
        { type: "describe", sql: "EXPLAIN DELETE FROM t" },
        { type: "describe", sql: "SELECT * FROM missing" },
      ],
    });
    expect(body.results[1]?.response.result).toEqual({
      params: [null, ":a", null, null, "?5"].map((name) => ({ name })),
      cols: [
        { name: "id", decltype: "INTEGER" },
        { name: "a", decltype: "TEXT" },
        { name: "1", decltype: null },
      ],
      is_explain: false,
      is_readonly: true,
    });
    expect(body.results[2]?.response.result).toMatchObject({ is_readonly: false, cols: [] });
    expect(body.results[3]?.response.result).toMatchObject({ is_explain: true });
    expect(body.results[4]?.error.code).toBe("SQLITE_UNKNOWN");
  });

  test("tell the autocommit state in version 3, not in 2", async () => {
    const { post } = await startTestServer();
    const requests = [execute("BEGIN"), { type: "get_autocommit" }, execute("COMMIT")];
    const { body } = await post({ requests: [...requests, { type: "get_autocommit" }] });
    expect(body.results[1]?.response.is_autocommit).toBe(false);
    expect(body.results[3]?.response.is_autocommit).toBe(true);
    const old = await post({ requests }, { path: "/v2/pipeline" });
    expect(old.body.results[1]?.error.code).toBe("NOT_SUPPORTED");
  });

  test("run a sequence up to the statement that fails", async () => {
    const { post } = await startTestServer();
    const sql = "CREATE TABLE t (a); INSERT INTO t VALUES (1); SELECT * FROM t; oops; DROP TABLE t";
    const { body } = await post({
      requests: [{ type: "sequence", sql }, execute("SELECT * FROM t")],
    });
    expect(body.results[0]?.error.message).toContain("oops");
    expect(body.results[1]?.response.result.rows).toEqual([[integer(1)]]);
  });
});

describe("statements", () => {
  test("report what they did", async () => {
    const { post } = await startTestServer();
    const { body } = await post({
      requests: [
        execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)"),
        execute("INSERT INTO t (a) VALUES ('x'), ('y') RETURNING id"),
        execute("UPDATE t SET a = 'z'"),
        execute("SELECT * FROM t", { want_rows: false }),
        execute("INSERT INTO t (id) VALUES (9223372036854775807)"),
      ],
    });
    const results = body.results.map((result) => result.response.result);
    expect(results.map((r) => [r.affected_row_count, r.last_insert_rowid, r.rows.length])).toEqual([
      [0, null, 0],
      [2, "2", 2],
      [2, null, 0],
      [0, null, 0],
      [1, "9223372036854775807", 0],
    ]);
    expect(results[3]).toMatchObject({ cols: [{ name: "id" }, { name: "a" }], rows_read: 2 });
    expect(results[1]).toMatchObject({ rows_read: 2, rows_written: 2 });
  });

  test.each([
    ["", "SQL_NO_STATEMENT"],
    ["-- nothing", "SQL_NO_STATEMENT"],
    ["SELECT 1; SELECT 2", "SQL_MANY_STATEMENTS"],
    ["SELEC 1", "SQL_PARSE_ERROR"],
    ["SELECT '", "SQL_PARSE_ERROR"],
    ["SELECT 1\0", "SQL_PARSE_ERROR"],
    ["SELECT nope", "SQL_INPUT_ERROR"],
    ["SELECT * FROM nope", "SQLITE_UNKNOWN"],
    ["SELECT ?", "ARGS_INVALID"],
    ["SELECT abs(-9223372036854775808)", "SQLITE_UNKNOWN"],
    ["SELECT zeroblob(2000000000)", "SQLITE_TOOBIG"],
    ["INSERT INTO t VALUES (1, 'a', 1)", "SQLITE_CONSTRAINT"],
    ["INSERT INTO t VALUES ('a', 'b', 1)", "SQLITE_MISMATCH"],
    ["COMMIT", "SQLITE_UNKNOWN"],
  ])("that fail say why: %j", async (sql, code) => {
    const { post } = await startTestServer();
    const table = "CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT UNIQUE, n NOT NULL)";
    await post({ requests: [execute(table), execute("INSERT INTO t VALUES (1, 'b', 1)"), close] });
    const { body } = await post({ requests: [execute(sql), execute("SELECT 1")] });
    expect(body.results[0]?.error.code).toBe(code);
    expect(body.results[1]?.type).toBe("ok");
  });

  test("keep what their conflict clause keeps, also outside of a transaction", async () => {
    const { post } = await startTestServer();
    const { body } = await post({
      requests: [
        execute("CREATE TABLE t (a UNIQUE)"),
        execute("INSERT OR FAIL INTO t VALUES (1), (2), (2), (3)"),
        execute("SELECT a FROM t"),
        execute("INSERT INTO t VALUES (4), (4)"),
        execute("SELECT count(*) FROM t"),
      ],
    });
    expect(body.results[1]?.error.code).toBe("SQLITE_CONSTRAINT");
    expect(body.results[2]?.response.result.rows).toEqual([[integer(1)], [integer(2)]]);
    expect(body.results[4]?.response.result.rows).toEqual([[integer(2)]]);
  });

  test("that break a deferred foreign key fail on their own and change nothing", async () => {
    const { post } = await startTestServer();
    const child = "CREATE TABLE c (p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)";
    const { body } = await post({
      requests: [
        execute("CREATE TABLE p (id INTEGER PRIMARY KEY)"),
        execute(child),
        execute("INSERT INTO c VALUES (1)"),
        execute("SELECT count(*) FROM c"),
        { type: "get_autocommit" },
      ],
    });
    expect(body.results[2]?.error.code).toBe("SQLITE_CONSTRAINT");
    expect(body.results[3]?.response.result.rows).toEqual([[integer(0)]]);
    expect(body.results[4]?.response.is_autocommit).toBe(true);
  });
});

describe("batches", () => {
  const ok = (step: number) => ({ type: "ok", step });
  const error = (step: number) => ({ type: "error", step });
  const not = (cond: object) => ({ type: "not", cond });
  const all = (...conds: object[]) => ({ type: "and", conds });
  const any = (...conds: object[]) => ({ type: "or", conds });
  const autocommit = { type: "is_autocommit" };

  test("run each step as its condition says", async () => {
    const { post } = await startTestServer();
    const step = (condition: object | null, sql = "SELECT 1") => ({ condition, stmt: { sql } });
    const steps = [
      step(null),
      step(null, "oops"),
      step(ok(0)),
      step(ok(1)),
      step(error(1)),
      step(error(0)),
      step(error(3)),
      step(not(ok(3))),
      step(all(ok(0), error(1))),
      step(all(ok(0), ok(1))),
      step(any(ok(1), error(1))),
      step(any(ok(1), error(0))),
      step(all()),
      step(any()),
      step(autocommit, "BEGIN"),
      step(autocommit),
      step(not(autocommit), "ROLLBACK"),
    ];
    const { body } = await post({ requests: [{ type: "batch", batch: { steps } }] });
    const { step_results: results, step_errors: errors } = body.results[0]?.response.result ?? {};
    const outcomes = steps.map((_, index) =>
      results[index] ? "ok" : errors[index] ? "error" : "",
    );
    expect(outcomes.join(",")).toBe("ok,error,ok,,ok,,,ok,ok,,ok,,ok,,ok,,ok");
    expect(errors[1]).toMatchObject({ code: "SQL_PARSE_ERROR" });
  });

  test.each([
    [2, autocommit, "version 3"],
    [3, ok(1), "step 1 does not come before it"],
    [3, not(any(error(7))), "step 7 does not come before it"],
    [3, { type: "perhaps" }, "condition.type"],
  ])("of version %i refuse the condition %j", async (version, condition, message) => {
    const { post } = await startTestServer();
    const steps = [{ stmt: { sql: "CREATE TABLE t (a)" } }, { stmt: { sql: "x" }, condition }];
    const requests = [execute("CREATE TABLE first (a)"), { type: "batch", batch: { steps } }];
    const refused = await post({ requests }, { path: `/v${version}/pipeline` });
    expect(refused.status).toBe(400);
    expect(refused.body.message).toContain(message);
    const { body } = await post({ requests: [execute("SELECT count(*) FROM sqlite_schema")] });
    expect(body.results[0]?.response.result.rows).toEqual([[integer(0)]]);
  });
});

describe("the life of the server", () => {
  test("an abandoned transaction is undone after a while, and others go on", async () => {
    let now = 0;
    const { post } = await startTestServer({ now: () => now });
    const abandoned = await post({
      requests: [
        execute("CREATE TABLE t (a)"),
        execute("BEGIN IMMEDIATE"),
        execute("DROP TABLE t"),
      ],
    });
    now = 10_000;
    const late = await post({ baton: abandoned.body.baton, requests: [execute("COMMIT")] });
    expect(late).toMatchObject({ status: 400, body: { code: "STREAM_EXPIRED" } });
    const { body } = await post({ requests: [execute("INSERT INTO t VALUES (1)"), close] });
    expect(body.results[0]?.type).toBe("ok");
  });

  test("a client that goes while it waits for the lock does not keep it", async () => {
    const { url, post } = await startTestServer({ writeWaitMs: 1_000 });
    const holder = await post({ requests: [execute("BEGIN IMMEDIATE")] });
    await new Promise<void>((resolve) => {
      const headers = { "content-type": "application/json" };
      const waiting = request(`${url}/v3/pipeline`, { method: "POST", headers });
      waiting.on("error", () => resolve());
      waiting.end(JSON.stringify({ requests: [execute("BEGIN IMMEDIATE")] }), () =>
        post({ requests: [] }).then(() => waiting.destroy(new Error("gone"))),
      );
    });
    await post({ baton: holder.body.baton, requests: [execute("COMMIT"), close] });
    const { body } = await post({ requests: [execute("CREATE TABLE t (a)"), close] });
    expect(body.results[0]?.type).toBe("ok");
  });

  test("a taken port is refused with a clear message", async () => {
    const { port } = await startTestServer();
    const second = startDatabaseServer({ file: createDatabasePath(), port });
    await expect(second).rejects.toThrow(`port ${port} on 127.0.0.1 is already in use`);
  });

  test("a file that is no database is refused by name", async () => {
    const file = createDatabasePath();
    writeFileSync(file, "this is not a database, but long enough to look into".repeat(50));
    await expect(startDatabaseServer({ file, port: 0 })).rejects.toThrow(file);
    const missing = startDatabaseServer({ file: `${file}/nowhere/test.db`, port: 0 });
    await expect(missing).rejects.toThrow("cannot open the database file");
  });

  test("the file is readable by its owner alone", async () => {
    const { file, post } = await startTestServer();
    await post({ requests: [execute("CREATE TABLE t (a)"), close] });
    for (const suffix of ["", "-wal"]) expect(statSync(file + suffix).mode & 0o777).toBe(0o600);
  });

  test("closing undoes open transactions, fails those who wait and empties the WAL", async () => {
    const server = await startTestServer();
    const { post, file } = server;
    const create = ["CREATE TABLE t (a)", "BEGIN IMMEDIATE", "INSERT INTO t VALUES (1)"];
    await post({ requests: create.map((sql) => execute(sql)) });
    const waiting = post({ requests: [execute("INSERT INTO t VALUES (2)"), close] });
    await post({ requests: [execute("SELECT 1"), close] });
    await Promise.all([server.close(), server.close()]);
    expect((await waiting).body.results[0]?.error.code).toBe("SQLITE_BUSY");
    expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();

    const { post: postAgain } = await startTestServer({ file });
    const { body } = await postAgain({ requests: [execute("SELECT count(*) FROM t")] });
    expect(body.results[0]?.response.result.rows).toEqual([[integer(0)]]);
  });
});

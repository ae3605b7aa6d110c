import fc from "fast-check";
import Database from "libsql";
import { expect, test } from "vitest";
import { anyText } from "../testing/text.ts";
import { splitStatements } from "./statement-text.ts";

const split = (sql: string) => splitStatements(sql).map((statement) => statement.sql);
const describeOne = (sql: string) => splitStatements(sql)[0];

test("splits at semicolons, dropping comments and empty statements", () => {
  expect(split("; SELECT 1;; -- ; no\n SELECT 2 /* ; */ ;")).toEqual(["SELECT 1", "SELECT 2"]);
});

test("does not split inside of strings and quoted names", () => {
  const sql = `SELECT ';', 'it''s;', ";" AS "a"";", [;], \`;\``;
  expect(split(`${sql};SELECT 2`)).toEqual([sql, "SELECT 2"]);
});

test("keeps a trigger's body whole", () => {
  const trigger =
    "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM b; END";
  expect(split(`${trigger}; SELECT 1`)).toEqual([trigger, "SELECT 1"]);
  expect(split(`EXPLAIN ${trigger}; SELECT 1`)).toEqual([`EXPLAIN ${trigger}`, "SELECT 1"]);
});

test("gives back the statements that were joined, whatever they hold", () => {
  const piece = fc.oneof(
    fc.constantFrom("SELECT", "x", "1", "?", ":a", "(", ")", "-- c;\n", "/*;*/", "\u00a0"),
    fc.string().map((text) => `'${text.replaceAll("'", "''")}'`),
    fc.string().map((text) => `"${text.replaceAll('"', '""')}"`),
  );
  const statement = fc
    .array(piece, { minLength: 1 })
    .map((pieces) => ["SELECT", ...pieces, "END"].join(" "));
  fc.assert(
    fc.property(fc.array(statement), (statements) => {
      expect(split(statements.join(" ; "))).toEqual(statements);
    }),
  );
});

test("takes any string without failing", () => {
  fc.assert(
    fc.property(anyText, (sql) => {
      expect(splitStatements(sql)).toBeInstanceOf(Array);
    }),
  );
});

test.each([
  ["SELECT 1", "read"],
  ["VALUES (1)", "read"],
  ["EXPLAIN DELETE FROM t", "read"],
  ["WITH a AS (SELECT 1) SELECT * FROM a", "read"],
  ["insert into t values (1)", "write"],
  ["WITH a AS (SELECT 1), b(x) AS (VALUES (2)) INSERT INTO t SELECT * FROM a", "write"],
  ["WITH replace AS (SELECT 1) SELECT * FROM replace", "read"],
  ["WITH a AS (SELECT 1) REPLACE INTO t SELECT * FROM a", "write"],
  ["CREATE INDEX i ON t(a)", "write"],
  ["BEGIN", "control"],
  ["BEGIN DEFERRED", "control"],
  ["BEGIN IMMEDIATE", "begin-write"],
  ["begin exclusive transaction", "begin-write"],
  ["ROLLBACK TO a", "control"],
  ["PRAGMA foreign_keys", "other"],
  ["VACUUM", "other"],
])("tells what %s needs", (sql, kind) => {
  expect(describeOne(sql)?.kind).toBe(kind);
});

test("says which statements leave traces in the connection", () => {
  expect(describeOne("CREATE TEMP TABLE t(a)")?.altersConnection).toBe(true);
  expect(describeOne("CREATE TABLE temp.t(a)")?.altersConnection).toBe(true);
  expect(describeOne("PRAGMA foreign_keys = off")?.altersConnection).toBe(true);
  expect(describeOne("CREATE TABLE t(a)")?.altersConnection).toBe(false);
});

test("numbers parameters as the engine does", () => {
  const database = new Database(":memory:");
  database.defaultSafeIntegers(true);
  const parameter = fc.oneof(
    fc.constantFrom("?", ":a", "@a", "$a", "$a::b(c)", ":é", "':no'", "/*?*/1"),
    fc.integer({ min: 1, max: 12 }).map((number) => `?${number}`),
  );
  fc.assert(
    fc.property(fc.array(parameter, { minLength: 1, maxLength: 12 }), (list) => {
      const sql = `SELECT ${list.join(", ")}`;
      const names = describeOne(sql)?.parameters ?? [];
      // every parameter is bound to its own number: the engine then shows which it used
      const bound = names.map((_, index) => BigInt(index + 1));
      const [row] = database.prepare(sql).raw().all(bound) as unknown[][];
      let largest = 0;
      const expected = list.map((text) => {
        if (text === "':no'") return ":no";
        if (text === "/*?*/1") return 1n;
        const number =
          text === "?"
            ? largest + 1
            : text.startsWith("?")
              ? Number(text.slice(1))
              : names.indexOf(text) + 1;
        largest = Math.max(largest, number);
        return BigInt(number);
      });
      expect(row).toEqual(expected);
    }),
  );
});

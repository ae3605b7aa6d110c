import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestError } from "../errors.ts";
import { parsePipelineRequest } from "./requests.ts";

const parse = (body: unknown) => parsePipelineRequest(JSON.stringify(body));

test("any JSON is either understood or refused with status 400", () => {
  const leaf = fc.constantFrom("execute", "batch", "close", "ok", "not", "integer", 1, -1, null);
  const key = fc.constantFrom(
    ...["type", "stmt", "sql", "sql_id", "args", "batch", "steps", "condition", "cond", "value"],
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: "medium" }, leaf, fc.array(tie("tree")), tie("object")),
    object: fc.dictionary(key, tie("tree"), { maxKeys: 5 }),
  }));
  fc.assert(
    fc.property(fc.oneof(fc.array(tree), tree, fc.jsonValue()), (requests) => {
      try {
        expect(parse({ requests }).requests).toBeInstanceOf(Array);
      } catch (error) {
        expect(error).toBeInstanceOf(RequestError);
        expect(error).toMatchObject({ status: 400, message: expect.stringMatching(/./) });
      }
    }),
    { numRuns: 500 },
  );
});

test.each([
  [{ requests: [{ type: "execute" }] }, "requests[0].stmt"],
  [{ requests: [{ type: "close" }, { type: "store_sql", sql: "" }] }, "requests[1].sql_id"],
  [{ requests: [{ type: "sequence", sql: 1 }] }, "requests[0].sql"],
  [{ requests: [{ type: "close_sql", sql_id: 2 ** 31 }] }, "requests[0].sql_id"],
  [{ requests: [{ type: "execute", stmt: { args: [{ type: "float" }] } }] }, "stmt.args.0.value"],
  [{ requests: {} }, "body.requests"],
  [{ baton: 1, requests: [] }, "body.baton"],
  [[], "body"],
])("names the field that is wrong in %j", (body, field) => {
  expect(() => parse(body)).toThrow(field);
});

test("ignores fields that it does not know", () => {
  const { requests } = parse({ more: 1, requests: [{ type: "close", more: 1 }] });
  expect(requests).toEqual([{ type: "close" }]);
});

test("passes on a request of an unknown type, to be answered in its place", () => {
  const { requests } = parse({ requests: [{ type: "constructor" }, { type: "close" }] });
  expect(requests).toEqual([{ type: "unknown", name: "constructor" }, { type: "close" }]);
});

test("refuses conditions that are nested too deeply to judge", () => {
  const depth = 50_000;
  const cond = `${'{"type":"not","cond":'.repeat(depth)}{}${"}".repeat(depth)}`;
  const step = `{"stmt":{"sql":"SELECT 1"},"condition":${cond}}`;
  const body = `{"requests":[{"type":"batch","batch":{"steps":[${step}]}}]}`;
  expect(() => parsePipelineRequest(body)).toThrow("nested too deeply");
});

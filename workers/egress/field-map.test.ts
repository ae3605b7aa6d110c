import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FieldMap, type Fields } from "./field-map.ts";

const name = fc.constantFrom("Accept", "ACCEPT", "x-key", "Set-Cookie", "set-cookie", "Link");
const value = fc.constantFrom("a", " b\t", "", "c, d", "\te\n", "f=1; Path=/");
const step = fc.oneof(
  fc.tuple(fc.constantFrom("set", "append"), name, value),
  fc.tuple(fc.constantFrom("delete"), name, fc.constant("")),
);
const NAMES = ["accept", "X-Key", "set-cookie", "link", "missing"];

function apply(fields: Fields, [how, field, text]: [string, string, string]): void {
  if (how === "delete") fields.delete(field);
  else if (how === "set") fields.set(field, text);
  else fields.append(field, text);
}

function read(fields: Fields) {
  return {
    entries: [...fields].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)),
    values: NAMES.map((field) => fields.get(field)),
    cookies: fields.getSetCookie(),
  };
}

describe("FieldMap", () => {
  test("reads as the runtime's headers do, whatever was done to both", () => {
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (before, after) => {
        const headers = new Headers();
        for (const one of before) apply(headers, one);
        const fields = new FieldMap(headers);
        for (const one of after) {
          apply(headers, one);
          apply(fields, one);
        }
        expect(read(fields)).toEqual(read(headers));
        expect(read(fields.headers)).toEqual(read(headers));
      }),
    );
  });

  test("leaves the headers that it was made from as they are", () => {
    const headers = new Headers({ "X-Key": "a" });
    new FieldMap(headers).delete("X-Key");
    expect(headers.get("X-Key")).toBe("a");
  });

  test("may be changed while it is read through", () => {
    const fields = new FieldMap(new Headers({ a: "1", b: "2", c: "3" }));
    const seen: string[] = [];
    for (const [field] of fields) {
      seen.push(field);
      fields.delete("b");
      fields.set("d", "4");
    }
    expect(seen).toEqual(["a", "b", "c"]);
  });
});

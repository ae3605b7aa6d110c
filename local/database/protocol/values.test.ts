import fc from "fast-check";
import { expect, test } from "vitest";
import { Connection } from "../engine/connection.ts";
import { createDatabasePath } from "../testing/database.ts";
import { anyText } from "../testing/text.ts";
import { type EngineValue, toHranaValue, valueSchema } from "./values.ts";

const text = anyText.filter((value) => !value.includes("\0"));
const value: fc.Arbitrary<EngineValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n),
  fc.double({ noNaN: true }),
  fc.constantFrom(-0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  text,
  fc.uint8Array(),
);

const toPlain = (any: EngineValue) => (any instanceof Uint8Array ? Array.from(any) : any);

test("any value comes back from the engine and through JSON as it was", () => {
  const connection = new Connection(createDatabasePath());
  const prepared = connection.prepare("SELECT ?, typeof(?1)");
  fc.assert(
    fc.property(value, (original) => {
      const [row] = connection.execute(prepared, [original]).rows;
      const wire = JSON.parse(JSON.stringify(toHranaValue(row?.[0] ?? null)));
      const parsed = valueSchema.parse(wire);
      // strict equality tells -0 from 0 and 1n from 1
      expect(toPlain(parsed)).toStrictEqual(toPlain(original));
    }),
  );
  connection.close();
});

test.each(["AQI=", "AQI", "", "AAAA"])("reads base64 %j with or without padding", (base64) => {
  expect(valueSchema.parse({ type: "blob", base64 })).toEqual(Buffer.from(base64, "base64"));
});

test.each([
  { type: "integer", value: 1 },
  { type: "integer", value: "1.5" },
  { type: "integer", value: "" },
  { type: "integer", value: "9223372036854775808" },
  { type: "integer", value: "-9223372036854775809" },
  { type: "float", value: "1" },
  { type: "text", value: null },
  { type: "blob", base64: "A" },
  { type: "blob", base64: "AA!!" },
  { type: "blob", base64: "A=AA" },
  { type: "boolean", value: true },
  { type: "__proto__" },
  null,
  1,
])("refuses %j", (wire) => {
  expect(valueSchema.safeParse(wire).success).toBe(false);
});

import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { EgretError } from "../../../shared/errors.ts";
import type { SecretLocations } from "../../../shared/secret-locations.ts";
import { NotEncodableError } from "./escapes.ts";
import { createOutcome, type Place } from "./outcome.ts";
import { allowsLocation, createSubstitution, placeValue } from "./substitution.ts";
import { createCredential, placeholderOf } from "./testing/credential.ts";

describe("allowsLocation", () => {
  test.each<[SecretLocations | null, Place, string | null, boolean]>([
    [null, "header", "x-key", true],
    [null, "query", "key", true],
    [null, "path", null, true],
    [null, "body", null, true],
    [null, "header", "user-agent", false],
    [{}, "header", "x-key", false],
    [{}, "query", "key", false],
    [{}, "path", null, false],
    [{}, "body", null, false],
    [{ headers: true }, "header", "x-key", true],
    [{ headers: true }, "header", "user-agent", false],
    [{ headers: true }, "query", "x-key", false],
    [{ headers: ["x-key"] }, "header", "x-key", true],
    [{ headers: ["x-key"] }, "header", "x-key2", false],
    [{ headers: ["x-key"] }, "header", "key", false],
    [{ headers: ["user-agent"] }, "header", "user-agent", false],
    [{ headers: [] }, "header", "x-key", false],
    [{ query: true }, "query", "any", true],
    [{ query: ["Key"] }, "query", "Key", true],
    [{ query: ["Key"] }, "query", "key", false],
    [{ query: ["key"] }, "header", "key", false],
    [{ query: ["key"] }, "query", "", false],
    [{ path: true }, "path", null, true],
    [{ path: false }, "path", null, false],
    [{ path: true }, "body", null, false],
    [{ body: true }, "body", null, true],
    [{ body: false }, "body", null, false],
    [{ body: true }, "query", "key", false],
  ])("%j: the %s %s is %s", (locations, place, name, expected) => {
    expect(allowsLocation(locations, place, name)).toBe(expected);
  });
});

describe("placeValue", () => {
  const write = (value: string) => `<${value}>`;

  test("writes the value and notes the place", () => {
    const outcome = createOutcome();
    const credential = createCredential(1, "value");
    expect(placeValue(credential, "body", null, outcome, write)).toBe("<value>");
    expect([...outcome.places]).toEqual([[credential, new Set(["body"])]]);
    expect(outcome.hindrances.size).toBe(0);
  });

  test("a host that is not allowed is the reason, whatever the locations", () => {
    const outcome = createOutcome();
    const credential = createCredential(1, null, { locations: {} });
    expect(placeValue(credential, "body", null, outcome, write)).toBeNull();
    expect([...outcome.hindrances]).toEqual([[credential, new Set(["host-not-allowed"])]]);
  });

  test("a place that is not allowed is noted, and the value not written", () => {
    const outcome = createOutcome();
    const credential = createCredential(1, "value", { locations: { path: true } });
    expect(placeValue(credential, "query", "key", outcome, write)).toBeNull();
    expect([...outcome.hindrances]).toEqual([[credential, new Set(["location-not-allowed"])]]);
    expect(outcome.places.size).toBe(0);
  });

  test("names the secret and the place where the value does not fit, and notes nothing", () => {
    const outcome = createOutcome();
    const refuse = () => {
      throw new NotEncodableError("it is too round");
    };
    expect(() => placeValue(createCredential(1, "value"), "path", null, outcome, refuse)).toThrow(
      new EgretError(
        "SECRET_NOT_ENCODABLE",
        "The value of secret secret-1 cannot be put into the path: it is too round",
      ),
    );
    expect(outcome).toEqual(createOutcome());
  });

  test("fails with its own error where a value does not open and might go there", () => {
    const failure = new EgretError("SERVICE_UNAVAILABLE", "it does not open");
    const credential = {
      ...createCredential(1, null, { locations: { body: true } }),
      value: failure,
    };
    const outcome = createOutcome();
    expect(() => placeValue(credential, "body", null, outcome, write)).toThrow(failure);
    expect(outcome).toEqual(createOutcome());
    expect(placeValue(credential, "path", null, outcome, write)).toBeNull();
    expect(createSubstitution([credential]).values).toBeNull();
  });

  test("lets an unexpected failure through", () => {
    const fail = () => {
      throw new RangeError("broken");
    };
    expect(() =>
      placeValue(createCredential(1, "value"), "path", null, createOutcome(), fail),
    ).toThrow(RangeError);
  });
});

describe("createSubstitution", () => {
  test("finds the placeholders of all secrets, also of those this host may not receive", () => {
    const credentials = [createCredential(1, "value-one"), createCredential(2, null)];
    const substitution = createSubstitution(credentials);
    expect(substitution.findCredential(placeholderOf(2))).toBe(credentials[1]);
    expect(substitution.findCredential(placeholderOf(3))).toBeUndefined();
    const text = Buffer.from(`x${placeholderOf(2)}`);
    expect(substitution.placeholders.find(text, 0, text.length, text.length)).toBe(1);
    expect(substitution.placeholders.found.payload).toBe(credentials[1]);
  });

  test("looks for the values that this host may receive, whatever their locations", () => {
    const { values } = createSubstitution([
      createCredential(1, "first-value", { locations: { path: true } }),
      createCredential(2, null),
    ]);
    const text = Buffer.from("a first-value");
    expect(values?.find(text, 0, text.length, text.length)).toBe(2);
    expect(Buffer.from(values?.found.payload ?? []).toString()).toBe(placeholderOf(1));
  });

  test("has no values to look for where all are short or none may be received", () => {
    expect(createSubstitution([createCredential(1, "short")]).values).toBeNull();
    expect(createSubstitution([createCredential(1, null)]).values).toBeNull();
  });
});

import { format, inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { SecretValue } from "./secret-value.ts";

const TEXT = "sk-nobody-may-read-this";

describe("a secret value in memory", () => {
  const value = new SecretValue(TEXT);

  it("is revealed by one method", () => {
    expect(value.reveal()).toBe(TEXT);
  });

  it.each<[string, () => unknown]>([
    ["a template", () => `${value}`],
    ["a sum", () => `value: ${String(value)}`],
    ["a list", () => [value].join()],
    ["JSON", () => JSON.stringify({ value, list: [value] })],
    ["inspection", () => inspect({ nested: { value } }, { depth: 9, showHidden: true })],
    ["formatting", () => format("%s %o %O %j", value, value, value, value)],
    ["an error's message", () => new Error(`failed for ${value}`).message],
    ["its fields", () => JSON.stringify([Object.entries(value), Reflect.ownKeys(value)])],
    ["a copy", () => JSON.stringify({ ...value })],
    ["a structured clone", () => JSON.stringify(structuredClone({ value }))],
  ])("does not show in %s", (_, show) => {
    expect(show()).not.toContain(TEXT);
  });

  it("shows as [secret]", () => {
    expect(`${value} ${JSON.stringify(value)} ${inspect(value)}`).toBe(
      '[secret] "[secret]" [secret]',
    );
  });
});

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createApiKey, hashApiKey, isApiKey, toStoredApiKey } from "./api-key.ts";

describe("an API key", () => {
  it("is dtn_ and 64 lower-case hex digits, a new one each time", () => {
    const made = Array.from({ length: 100 }, createApiKey);
    for (const key of made) expect(key).toMatch(/^dtn_[0-9a-f]{64}$/);
    expect(new Set(made).size).toBe(100);
    expect(made.every(isApiKey)).toBe(true);
  });

  it.each([
    "",
    "dtn_",
    `dtn_${"A".repeat(64)}`,
    `dtn_${"a".repeat(65)}`,
    `dtn_${"a".repeat(64)}\n`,
  ])("is not %j", (text) => {
    expect(isApiKey(text)).toBe(false);
  });

  it("is stored as its SHA-256, with eleven characters to tell it by", async () => {
    const key = createApiKey();
    const hash = createHash("sha256").update(key).digest("hex");
    expect(await hashApiKey(key)).toBe(hash);
    expect(await toStoredApiKey(key)).toEqual({
      hash,
      prefix: key.slice(0, 8),
      suffix: key.slice(-3),
    });
  });
});

import { afterEach, describe, expect, it, vi } from "vitest";
import { createPlaceholder, PLACEHOLDER_LENGTH } from "./placeholder.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a placeholder", () => {
  it("is dtn_secret_ and 32 lower-case letters and digits", () => {
    for (let index = 0; index < 100; index += 1) {
      const placeholder = createPlaceholder();
      expect(placeholder).toMatch(/^dtn_secret_[a-z0-9]{32}$/);
      expect(placeholder).toHaveLength(PLACEHOLDER_LENGTH);
    }
  });

  it("is a new one each time", () => {
    const made = Array.from({ length: 1000 }, createPlaceholder);
    expect(new Set(made).size).toBe(1000);
  });

  it("favours no character: bytes past the last full round of the alphabet are thrown away", () => {
    let next = 0;
    vi.spyOn(crypto, "getRandomValues").mockImplementation((bytes) => {
      const view = bytes as unknown as Uint8Array;
      for (let index = 0; index < view.length; index += 1) view[index] = next++ % 256;
      return bytes;
    });
    const counts = new Map<string, number>();
    // 63 placeholders of 32 characters are 8 rounds of the 252 bytes that are used.
    for (let index = 0; index < 63; index += 1) {
      for (const character of createPlaceholder().slice(-32)) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(36);
    expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(14);
  });
});

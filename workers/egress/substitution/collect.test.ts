import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { collectUpTo } from "./collect.ts";
import { byteStreamOf, cutBytes, readAll, streamOf } from "./testing/streams.ts";

describe("collectUpTo", () => {
  test("gives all bytes at once up to the limit, and the same bytes as a stream beyond it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.nat({ max: 40 }),
        fc.option(fc.nat({ max: 40 })),
        fc.constantFrom(streamOf, byteStreamOf),
        async (bytes, cuts, limit, expected, open) => {
          const collected = await collectUpTo(open(cutBytes(bytes, cuts)), limit, expected);
          expect(collected.rest === null).toBe(bytes.length <= limit);
          const all = collected.rest === null ? collected.bytes : await readAll(collected.rest);
          expect(Buffer.from(all)).toEqual(Buffer.from(bytes));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("reads no further than it must", async () => {
    let pulls = 0;
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls++;
          controller.enqueue(Buffer.alloc(10));
        },
      },
      { highWaterMark: 0 },
    );
    const { rest } = await collectUpTo(endless, 25);
    expect(pulls).toBe(3);
    await rest?.cancel();
  });

  test("throws where the stream fails before the limit, and fails later where it does later", async () => {
    const chunks = [Buffer.from("1234"), Buffer.from("5678")];
    await expect(collectUpTo(streamOf(chunks, new Error("reset")), 8)).rejects.toThrow("reset");
    const { rest } = await collectUpTo(streamOf(chunks, new Error("reset")), 7);
    await expect(readAll(rest)).rejects.toThrow("reset");
  });

  test("reads a short body of the expected length without asking for more of it", async () => {
    let reads = 0;
    const stream = byteStreamOf([Buffer.from("12345"), Buffer.from("678")]);
    const getReader = stream.getReader.bind(stream) as (options: unknown) => object;
    stream.getReader = ((options: unknown) => {
      const reader = getReader(options) as { read(...args: unknown[]): unknown };
      const read = reader.read.bind(reader);
      reader.read = (...args) => {
        reads++;
        return read(...args);
      };
      return reader;
    }) as typeof stream.getReader;
    const { bytes } = (await collectUpTo(stream, 20, 8)) as { bytes: Uint8Array };
    expect(Buffer.from(bytes).toString()).toBe("12345678");
    expect(reads).toBe(1);
  });

  test("makes no room for a long body before it comes", async () => {
    const stream = byteStreamOf([Buffer.from("12345678")]);
    const getReader = vi.spyOn(stream, "getReader");
    await collectUpTo(stream, 1024 * 1024, 512 * 1024);
    expect(getReader.mock.calls).toEqual([[]]);
  });

  test("cancels the stream when its rest is cancelled", async () => {
    const reasons: unknown[] = [];
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from("1234")),
      cancel: (reason) => {
        reasons.push(reason);
      },
    });
    const { rest } = await collectUpTo(stream, 3);
    await rest?.cancel("left");
    expect(reasons).toEqual(["left"]);
  });
});

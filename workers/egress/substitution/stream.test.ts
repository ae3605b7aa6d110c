import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMatcher } from "./matcher.ts";
import { createReplacer, replaceAll } from "./replacer.ts";
import { pipeReplaced, pipeUntouched } from "./stream.ts";
import {
  byteStreamOf,
  CopyingTransformStream,
  cutBytes,
  readAll,
  streamOf,
} from "./testing/streams.ts";

const encoder = new TextEncoder();

function prepare(...patterns: string[]) {
  const matcher = createMatcher(
    patterns.map((text) => ({ bytes: Buffer.from(text, "latin1"), payload: text })),
  );
  return { matcher, replace: (text: string) => Buffer.from(`<${text.length}>`) };
}

/** Pipes into a sink that takes its time; a chunk must stay as it is until its write is done. */
async function pipe(
  source: ReadableStream<Uint8Array>,
  { matcher, replace }: ReturnType<typeof prepare>,
): Promise<Buffer> {
  const written: Buffer[] = [];
  const sink = new WritableStream<Uint8Array>({
    async write(chunk) {
      const first = Buffer.from(chunk);
      await new Promise((resolve) => setImmediate(resolve));
      expect(first.equals(chunk)).toBe(true);
      written.push(first);
    },
  });
  await pipeReplaced(source, sink, createReplacer(matcher, replace));
  return Buffer.concat(written);
}

describe.each([
  ["a byte stream", byteStreamOf],
  ["a stream of chunks", streamOf],
])("pipeReplaced from %s", (_, open) => {
  test("gives what the whole in one piece gives, for any bytes and any cut", async () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 3, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(letters, { minLength: 1, maxLength: 4 }),
        fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 60 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        async (patterns, text, cuts) => {
          const prepared = prepare(...patterns);
          const input = Buffer.from(text);
          const expected = replaceAll(prepared.matcher, prepared.replace, input);
          const output = await pipe(open(cutBytes(input, cuts)), prepared);
          expect(output.toString()).toBe(Buffer.from(expected).toString());
        },
      ),
      { numRuns: 200 },
    );
  });

  test("carries a pattern longer than any read, whole or broken off", async () => {
    const long = Array.from({ length: 80_000 }, (_, index) => (index * 7919) % 99_991).join();
    const prepared = prepare(long, "short");
    const whole = Buffer.from(`<<${long}>>short${long.slice(0, -1)}`);
    const chunks = cutBytes(
      whole,
      Array.from({ length: 40 }, (_, index) => index * 16_000),
    );
    const output = await pipe(open(chunks), prepared);
    expect(output.equals(Buffer.from(`<<<${long.length}>>><5>${long.slice(0, -1)}`))).toBe(true);
  });

  test("finds patterns over the edges of its own reads", async () => {
    const filler = Buffer.alloc(256 * 1024 - 3, "x");
    const chunks = [Buffer.concat([filler, Buffer.from("secret"), filler, Buffer.from("secret")])];
    const output = await pipe(open(chunks), prepare("secret"));
    expect(output.length).toBe(2 * filler.length + 6);
    expect(output.includes("secret")).toBe(false);
  });

  test("closes the sink after a source without bytes", async () => {
    const sink = new CopyingTransformStream();
    const piping = pipeReplaced(open([]), sink.writable, createReplacerFor("secret"));
    expect(await readAll(sink.readable)).toEqual(Buffer.alloc(0));
    await piping;
  });

  test("throws an error of the source, and the sink's reader gets it", async () => {
    const sink = new CopyingTransformStream();
    const source = open([Buffer.from("begins sec")], new Error("reset"));
    const piping = pipeReplaced(source, sink.writable, createReplacerFor("secret"));
    const outcomes = await Promise.allSettled([piping, readAll(sink.readable)]);
    expect(outcomes.map((outcome) => "reason" in outcome && outcome.reason.message)).toEqual([
      "reset",
      "reset",
    ]);
  });

  test("throws what the replacement throws, and both sides get it", async () => {
    const sink = new CopyingTransformStream();
    const { matcher } = prepare("secret");
    const replacer = createReplacer(matcher, () => {
      throw new Error("refused");
    });
    const piping = pipeReplaced(open([Buffer.from("a secret")]), sink.writable, replacer);
    const outcomes = await Promise.allSettled([piping, readAll(sink.readable)]);
    expect(outcomes.map((outcome) => "reason" in outcome && outcome.reason.message)).toEqual([
      "refused",
      "refused",
    ]);
  });
});

function createReplacerFor(...patterns: string[]) {
  const { matcher, replace } = prepare(...patterns);
  return createReplacer(matcher, replace);
}

describe("pipeReplaced", () => {
  test("takes empty chunks", async () => {
    const chunks = ["", "sec", "", "", "ret", ""].map((text) => Buffer.from(text));
    expect((await pipe(streamOf(chunks), prepare("secret"))).toString()).toBe("<6>");
  });

  test.each(["bytes", "default"])(
    "cancels the source (%s) with the sink's error, and throws it",
    async (kind) => {
      const reasons: unknown[] = [];
      const source = {
        pull: (controller: { enqueue(chunk: Uint8Array): void }) =>
          controller.enqueue(encoder.encode("more")),
        cancel: (reason: unknown) => {
          reasons.push(reason);
        },
      };
      const stream =
        kind === "bytes"
          ? new ReadableStream({ ...source, type: "bytes" })
          : new ReadableStream<Uint8Array>(source);
      const sink = new WritableStream<Uint8Array>({
        write() {
          throw new Error("full");
        },
      });
      const piping = pipeReplaced(
        stream as ReadableStream<Uint8Array>,
        sink,
        createReplacerFor("secret"),
      );
      await expect(piping).rejects.toThrow("full");
      expect(reasons).toEqual([new Error("full")]);
    },
  );

  test("cancels the source when the reader behind the sink leaves", async () => {
    const cancelled = new Promise((resolve) => {
      const source = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(Buffer.from("more")),
        cancel: resolve,
      });
      const sink = new CopyingTransformStream();
      pipeReplaced(source, sink.writable, createReplacerFor("secret")).catch(() => {});
      const reader = sink.readable.getReader();
      reader.read().then(() => reader.cancel(new Error("gone")));
    });
    expect(await cancelled).toEqual(new Error("gone"));
  });

  test("hands on bytes before the next ones come, but for those that could begin a pattern", async () => {
    const source = new CopyingTransformStream();
    const sink = new CopyingTransformStream();
    const piping = pipeReplaced(source.readable, sink.writable, createReplacerFor("secret"));
    const writer = source.writable.getWriter();
    const reader = sink.readable.getReader();
    const exchange = async (text: string) => {
      const [, { value }] = await Promise.all([writer.write(Buffer.from(text)), reader.read()]);
      return Buffer.from(value ?? []).toString();
    };
    expect(await exchange("data: 1\n\n")).toBe("data: 1\n\n");
    expect(await exchange("data: se")).toBe("data: ");
    expect(await exchange("cret\n\nx")).toBe("<6>\n\nx");
    await Promise.all([writer.close(), reader.read(), piping]);
  });

  async function listAsked(fill: (view: Uint8Array, left: number) => Uint8Array) {
    const asked: number[] = [];
    let left = 100;
    const source = new ReadableStream({
      type: "bytes",
      pull(controller: ReadableByteStreamController) {
        const view = controller.byobRequest?.view as Uint8Array;
        asked.push(view.byteLength);
        if (left-- > 0) return controller.enqueue(fill(view, left));
        controller.close();
        controller.byobRequest?.respond(0);
      },
    });
    await pipe(source as ReadableStream<Uint8Array>, prepare("secret"));
    return asked;
  }

  test("asks a byte stream that is fast for larger and larger pieces, up to 512 KiB", async () => {
    const asked = await listAsked(({ byteLength }) => Buffer.alloc(byteLength, "secre"));
    expect(asked[0]).toBe(16 * 1024);
    expect(asked.slice(0, 5)).toEqual(asked.slice(0, 5).sort((a, b) => a - b));
    expect(Math.min(...asked.slice(5))).toBeGreaterThanOrEqual(256 * 1024);
    const carriedBytes = "secret".length;
    expect(Math.max(...asked)).toBeLessThanOrEqual(512 * 1024 + carriedBytes);
  });

  test("makes no more room for a byte stream that only dribbles", async () => {
    const asked = await listAsked((_view, left) => encoder.encode(`chunk ${left} secre`));
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(8 * 1024);
    expect(Math.max(...asked)).toBeLessThanOrEqual(16 * 1024);
  });

  test("does not use up its replacement", async () => {
    const prepared = prepare("secret");
    const replacement = Buffer.from("<6>");
    prepared.replace = () => replacement;
    const chunks = ["secret", "secret", "secret"].map((text) => Buffer.from(text));
    expect((await pipe(streamOf(chunks), prepared)).toString()).toBe("<6><6><6>");
    expect(replacement.toString()).toBe("<6>");
  });
});

describe("pipeUntouched", () => {
  /** Notes what an observer is told, in order. */
  function observe() {
    const told: string[] = [];
    const observer = {
      onOffered: () => told.push("offered"),
      onTaken: () => told.push("taken"),
      onBroken: (error: unknown) => told.push(`broken: ${(error as Error).message}`),
    };
    return { told, observer };
  }

  test.each([
    ["a byte stream", byteStreamOf],
    ["a stream of chunks", streamOf],
  ])("gives the bytes of %s as they are, and says when the first are taken", async (_, open) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.nat()),
        async (bytes, cuts) => {
          const { told, observer } = observe();
          const sink = new CopyingTransformStream();
          const piping = pipeUntouched(open(cutBytes(bytes, cuts)), sink.writable, observer);
          expect(await readAll(sink.readable)).toEqual(Buffer.from(bytes));
          await piping;
          if (bytes.length > 0) expect(told).toEqual(["offered", "taken"]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("a source that is broken from the beginning is told before the sink can take that for the end", async () => {
    const { told, observer } = observe();
    const sink = new WritableStream<Uint8Array>({
      close: () => void told.push("closed"),
      abort: () => void told.push("aborted"),
    });
    const source = streamOf([], new Error("client left"));
    await expect(pipeUntouched(source, sink, observer)).rejects.toThrow("client left");
    expect(told).toEqual(["broken: client left", "aborted"]);
  });

  test("a source that breaks later leaves the sink without an end", async () => {
    const { told, observer } = observe();
    const sink = new WritableStream<Uint8Array>({
      close: () => void told.push("closed"),
      abort: () => void told.push("aborted"),
    });
    const source = streamOf([Buffer.from("one"), Buffer.from("two")], new Error("client left"));
    await expect(pipeUntouched(source, sink, observer)).rejects.toThrow("client left");
    expect(told).toEqual(["offered", "taken"]);
  });

  test.each([0, 1])("a sink that wants no more after %i pieces breaks nothing", async (wanted) => {
    const { told, observer } = observe();
    const reasons: unknown[] = [];
    let left = wanted;
    const sink = new WritableStream<Uint8Array>({
      write() {
        left -= 1;
        if (left < 0) throw new Error("full");
      },
    });
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from("more")),
      cancel: (reason) => void reasons.push(reason),
    });
    await expect(pipeUntouched(source, sink, observer)).rejects.toThrow("full");
    expect(told.some((what) => what.startsWith("broken"))).toBe(false);
    expect(reasons).toEqual([new Error("full")]);
  });
});

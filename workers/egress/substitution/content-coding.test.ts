import { Buffer } from "node:buffer";
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeStream, encodeStream, parseContentCodings } from "./content-coding.ts";
import { cutBytes, readAll, streamOf } from "./testing/streams.ts";

const CODINGS = {
  gzip: { encode: gzipSync, decode: gunzipSync },
  deflate: { encode: deflateSync, decode: inflateSync },
  br: { encode: brotliCompressSync, decode: brotliDecompressSync },
  zstd: { encode: zstdCompressSync, decode: zstdDecompressSync },
};

function codingsOf(header: string) {
  const codings = parseContentCodings(header);
  if (codings === null) throw new Error(`${header} is not known`);
  return codings;
}

describe("parseContentCodings", () => {
  test.each([null, "", " ", "identity", "Identity", ",", "identity, ,"])(
    "%j codes nothing",
    (header) => {
      expect(parseContentCodings(header)).toEqual([]);
    },
  );

  test.each(["gzip", "GZIP", " gzip ", "x-gzip", "identity, gzip"])("%j is gzip", (header) => {
    expect(parseContentCodings(header)).toEqual(codingsOf("gzip"));
    expect(codingsOf(header)).toHaveLength(1);
  });

  test("keeps the order in which the codings were applied", () => {
    const [br] = codingsOf("br");
    const [gzip] = codingsOf("gzip");
    expect(parseContentCodings("br, gzip")).toEqual([br, gzip]);
    expect(parseContentCodings("gzip,br")).toEqual([gzip, br]);
  });

  test.each([
    "compress",
    "aws-chunked",
    "gzip, foo",
    "foo,gzip",
    "gzip;q=1",
    "toString",
    "__proto__",
  ])("does not know %j", (header) => {
    expect(parseContentCodings(header)).toBeNull();
  });

  test("takes two codings and not three, as each needs memory", () => {
    expect(parseContentCodings("gzip, br")).toHaveLength(2);
    expect(parseContentCodings("gzip, gzip, gzip")).toBeNull();
    expect(parseContentCodings(new Array(10_000).fill("br").join(","))).toBeNull();
  });
});

describe("decodeStream and encodeStream", () => {
  test.each(Object.entries(CODINGS))(
    "%s is read and written as others do",
    async (name, coding) => {
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 300 }),
          fc.array(fc.nat(), { maxLength: 4 }),
          async (bytes, cuts) => {
            const coded = coding.encode(bytes);
            const decoded = decodeStream(streamOf(cutBytes(coded, cuts)), codingsOf(name));
            expect(await readAll(decoded)).toEqual(Buffer.from(bytes));
            const encoded = encodeStream(streamOf(cutBytes(bytes, cuts)), codingsOf(name));
            expect(coding.decode(await readAll(encoded))).toEqual(Buffer.from(bytes));
          },
        ),
        { numRuns: 30 },
      );
    },
  );

  test("undoes two codings in the right order", async () => {
    const coded = gzipSync(brotliCompressSync("twice"));
    const decoded = await readAll(decodeStream(streamOf([coded]), codingsOf("br, gzip")));
    expect(decoded.toString()).toBe("twice");
    const encoded = await readAll(encodeStream(streamOf([decoded]), codingsOf("br, gzip")));
    expect(brotliDecompressSync(gunzipSync(encoded)).toString()).toBe("twice");
  });

  test("hands on the very stream where nothing is coded", () => {
    const stream = streamOf([]);
    expect(decodeStream(stream, [])).toBe(stream);
    expect(encodeStream(stream, [])).toBe(stream);
  });

  test.each(["gzip", "deflate", "br"] as const)("fails where %s is broken off", async (name) => {
    const coded = CODINGS[name].encode(Buffer.alloc(10_000, "some text"));
    const half = coded.subarray(0, coded.length / 2);
    await expect(readAll(decodeStream(streamOf([half]), codingsOf(name)))).rejects.toThrow();
  });

  test.each(Object.keys(CODINGS))("fails where the bytes are no %s", async (name) => {
    const none = Buffer.from("this is not coded");
    await expect(readAll(decodeStream(streamOf([none]), codingsOf(name)))).rejects.toThrow();
  });

  test("tells the reader of an error in the source", async () => {
    const failing = streamOf([gzipSync("begins").subarray(0, 12)], new Error("reset"));
    await expect(readAll(decodeStream(failing, codingsOf("gzip")))).rejects.toThrow("reset");
  });

  test("tells the source that the reader leaves", async () => {
    const reason = await new Promise((resolve) => {
      const source = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(gzipSync("begins").subarray(0, 12)),
        cancel: resolve,
      });
      decodeStream(source, codingsOf("gzip")).cancel(new Error("gone"));
    });
    expect(reason).toEqual(new Error("gone"));
  });

  test("refuses zstd whose window is beyond the 8 MB of RFC 9659", async () => {
    const bytes = Buffer.alloc(20 * 1024 * 1024, "abc");
    const wide = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_windowLog]: 25 } });
    await expect(readAll(decodeStream(streamOf([wide]), codingsOf("zstd")))).rejects.toThrow();
  });

  test("codes brotli anew with little work", async () => {
    const words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"];
    const text = Array.from({ length: 20_000 }, (_, i) => words[(i * i + (i >> 3)) % 7]).join(" ");
    const encoded = encodeStream(streamOf([Buffer.from(text)]), codingsOf("br"));
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
    // The highest quality, which is the preset, takes seconds of CPU for each megabyte.
    expect(await readAll(encoded)).toEqual(brotliCompressSync(text, quality));
  });
});

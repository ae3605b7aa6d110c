import { Buffer } from "node:buffer";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { scrubBody, scrubFieldText, scrubHeaders, type ValueMatcher } from "./scrub.ts";
import { createSubstitution } from "./substitution.ts";
import { createCredential, placeholderOf } from "./testing/credential.ts";
import { CopyingTransformStream, cutBytes, readAll, streamOf } from "./testing/streams.ts";

const A = placeholderOf(1);
const B = placeholderOf(2);
const VALUE = "first-secret-value";
const OTHER = "zweites-gehéimnis/+";

beforeAll(() => {
  vi.stubGlobal("IdentityTransformStream", CopyingTransformStream);
  return () => vi.unstubAllGlobals();
});

function matcherFor(...values: string[]): ValueMatcher {
  const credentials = values.map((value, index) => createCredential(index + 1, value));
  const matcher = createSubstitution(credentials).values;
  if (matcher === null) throw new Error("nothing would be scrubbed");
  return matcher;
}

const MATCHER = matcherFor(VALUE, OTHER);

async function scrub(body: string | Uint8Array, init: HeadersInit = {}, cuts: number[] = []) {
  const headers = new Headers(init);
  const scrubbed = await scrubBody(streamOf(cutBytes(Buffer.from(body), cuts)), headers, MATCHER);
  return { isWhole: scrubbed instanceof Uint8Array, body: await readAll(scrubbed), headers };
}

describe("scrubFieldText", () => {
  test("turns every value back, in UTF-8 and read as Latin-1", () => {
    expect(scrubFieldText(`${VALUE}, ${OTHER}`, MATCHER)).toBe(`${A}, ${B}`);
    expect(scrubFieldText(Buffer.from(OTHER).toString("latin1"), MATCHER)).toBe(B);
  });

  test("turns back values of both readings in one text", () => {
    const text = `${VALUE}, ${Buffer.from(OTHER).toString("latin1")}`;
    expect(scrubFieldText(text, MATCHER)).toBe(`${A}, ${B}`);
  });

  test("gives the text itself where no value is", () => {
    for (const text of ["", "plain", "é \xff", VALUE.slice(1)]) {
      expect(scrubFieldText(text, MATCHER)).toBe(text);
    }
  });
});

describe("scrubHeaders", () => {
  test("turns values back in every header, each cookie by itself", () => {
    const headers = new Headers({ "X-Echo": `Bearer ${VALUE}`, Location: `/?k=${VALUE}#x` });
    headers.append("Set-Cookie", `a=${VALUE}; Path=/`);
    headers.append("Set-Cookie", "b=1, 2");
    headers.append("X-List", VALUE);
    headers.append("X-List", "plain");
    scrubHeaders(headers, MATCHER);
    expect(headers.getSetCookie()).toEqual([`a=${A}; Path=/`, "b=1, 2"]);
    expect(headers.get("X-Echo")).toBe(`Bearer ${A}`);
    expect(headers.get("Location")).toBe(`/?k=${A}#x`);
    expect(headers.get("X-List")).toBe(`${A}, plain`);
  });

  test("leaves headers alone in which no value is", () => {
    const headers = new Headers([
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
      ["X-Other", "é"],
    ]);
    const before = [...headers];
    scrubHeaders(headers, MATCHER);
    expect([...headers]).toEqual(before);
  });
});

describe("scrubBody", () => {
  const text = `a ${VALUE} b ${OTHER} c`;

  test("turns values back wherever the body is cut, whole or streamed", async () => {
    const bytes = Buffer.from(text);
    for (const length of [String(bytes.length), undefined]) {
      for (let cut = 0; cut <= bytes.length; cut++) {
        const headers = length === undefined ? {} : { "Content-Length": length };
        const { body, isWhole } = await scrub(text, headers, [cut]);
        expect(body.toString()).toBe(`a ${A} b ${B} c`);
        expect(isWhole).toBe(length !== undefined);
      }
    }
  });

  test.each(["", "-5", "4.5", "0x10", "1e1"])("a length of %j is none", async (length) => {
    const { body, isWhole } = await scrub(text, { "Content-Length": length });
    expect(body.toString()).toBe(`a ${A} b ${B} c`);
    expect(isWhole).toBe(false);
  });

  test("changes no byte and no validator of a body without a value", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.boolean(),
        async (bytes, cuts, hasLength) => {
          const length = hasLength ? { "Content-Length": String(bytes.length) } : {};
          const validators = { ETag: '"v1"', "Content-Digest": "sha-256=:x:" };
          const { body, headers } = await scrub(bytes, { ...length, ...validators }, cuts);
          expect(body).toEqual(Buffer.from(bytes));
          if (hasLength) expect(Object.fromEntries(headers)).toMatchObject({ etag: '"v1"' });
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    ["deflate", deflateSync],
    ["zstd", zstdCompressSync],
    ["x-gzip", gzipSync],
    ["GZIP", gzipSync],
    ["Br", brotliCompressSync],
    ["gzip, identity", gzipSync],
    ["gzip, br", (bytes: Uint8Array) => brotliCompressSync(gzipSync(bytes))],
  ])("undoes %s, which the runtime does not, and is not coded any more", async (coding, encode) => {
    const coded = encode(Buffer.from(text));
    for (const length of [{ "Content-Length": String(coded.length) }, {}]) {
      const { body, headers } = await scrub(coded, { "Content-Encoding": coding, ...length }, [7]);
      expect(body.toString()).toBe(`a ${A} b ${B} c`);
      expect(headers.has("Content-Encoding")).toBe(false);
      expect(headers.has("Content-Length")).toBe(false);
    }
  });

  test.each(["gzip", "br"])("takes %s as the runtime gives it: decoded", async (coding) => {
    const { body, headers } = await scrub(text, { "Content-Encoding": coding });
    expect(body.toString()).toBe(`a ${A} b ${B} c`);
    expect(headers.has("Content-Encoding")).toBe(false);
  });

  test("searches what is coded in an unknown way as it is", async () => {
    const { body, headers } = await scrub(text, { "Content-Encoding": "none-such" });
    expect(body.toString()).toBe(`a ${A} b ${B} c`);
    expect(headers.get("Content-Encoding")).toBe("none-such");
  });

  test("a body that was changed has no digest and no strong validator of the old one", async () => {
    const validators = {
      "Content-MD5": "x",
      Digest: "x",
      "Content-Digest": "x",
      "Repr-Digest": "x",
      "Content-Length": String(Buffer.byteLength(text)),
    };
    const strong = await scrub(text, { ...validators, ETag: '"v1"' });
    expect(Object.fromEntries(strong.headers)).toEqual({});
    const weak = await scrub(text, { ...validators, ETag: 'W/"v1"' });
    expect(Object.fromEntries(weak.headers)).toEqual({ etag: 'W/"v1"' });
  });

  test.each(["deflate", "gzip"])(
    "a body of which only %s was undone has no digest and no strong validator either",
    async (coding) => {
      const bytes = coding === "gzip" ? Buffer.from("plain") : deflateSync("plain");
      const { body, headers } = await scrub(bytes, {
        "Content-Encoding": coding,
        "Content-Length": String(bytes.length),
        "Content-Digest": "x",
        ETag: '"v1"',
      });
      expect(body.toString()).toBe("plain");
      expect(Object.fromEntries(headers)).toEqual({ etag: 'W/"v1"' });
    },
  );

  test("streams server-sent events, whatever their length", async () => {
    const headers = new Headers({
      "Content-Type": "Text/Event-Stream; charset=utf-8",
      "Content-Length": "1000",
    });
    const source = new CopyingTransformStream();
    const scrubbed = await scrubBody(source.readable, headers, MATCHER);
    if (scrubbed instanceof Uint8Array) throw new Error("was held back");
    const writer = source.writable.getWriter();
    const reader = scrubbed.getReader();
    for (const event of ["data: 1\n\n", "data: first\n\n"]) {
      const [, { value }] = await Promise.all([
        writer.write(new TextEncoder().encode(event)),
        reader.read(),
      ]);
      expect(Buffer.from(value ?? []).toString()).toBe(event);
    }
    await Promise.all([writer.close(), reader.read()]);
  });

  test("streams what is longer than it says, or than 1 MiB when decoded", async () => {
    const long = `${"x".repeat(3 * 1024 * 1024)}${VALUE}`;
    const lying = await scrub(long, { "Content-Length": "5" }, [2 * 1024 * 1024]);
    expect(lying.isWhole).toBe(false);
    expect(lying.body.toString().endsWith(`x${A}`)).toBe(true);
    const coded = deflateSync(long);
    const headers = { "Content-Length": String(coded.length), "Content-Encoding": "deflate" };
    const decoded = await scrub(coded, headers);
    expect(decoded.isWhole).toBe(false);
    expect(decoded.body.toString().endsWith(`x${A}`)).toBe(true);
  });

  test("an answer that breaks off or cannot be decoded is the upstream's fault", async () => {
    const headers = { "Content-Length": "30", "Content-Encoding": "deflate" };
    await expect(scrub("this is not deflated at all...", headers)).rejects.toMatchObject({
      code: "UPSTREAM_UNREACHABLE",
    });
    const broken = streamOf([Buffer.from("begins")], new Error("reset"));
    const short = new Headers({ "Content-Length": "30" });
    await expect(scrubBody(broken, short, MATCHER)).rejects.toMatchObject({
      code: "UPSTREAM_UNREACHABLE",
    });
  });

  test("a streamed answer that breaks off fails for the reader, too", async () => {
    const broken = streamOf([Buffer.from("begins")], new Error("reset"));
    const scrubbed = await scrubBody(broken, new Headers(), MATCHER);
    await expect(readAll(scrubbed)).rejects.toThrow("reset");
  });

  test("finds a value of 64 KiB over many chunks, in base64 too", async () => {
    const long = Array.from({ length: 13_000 }, (_, index) => (index * 7919) % 9_973)
      .join()
      .slice(0, 64 * 1024 - 1);
    const matcher = matcherFor(long);
    const cuts = Array.from({ length: 30 }, (_, index) => index * 5_003);
    for (const shown of [`<${long}>`, Buffer.from(`user:${long}!`).toString("base64")]) {
      const stream = streamOf(cutBytes(Buffer.from(shown), cuts));
      const output = (await readAll(await scrubBody(stream, new Headers(), matcher))).toString();
      expect(output).toContain(A);
      expect(output.length).toBeLessThan(A.length + 16);
    }
  });
});

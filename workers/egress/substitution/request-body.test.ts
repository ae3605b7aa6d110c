import { Buffer } from "node:buffer";
import zlib, { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type Escape, escapeValue } from "./escapes.ts";
import { createOutcome, type Outcome } from "./outcome.ts";
import { MAX_BUFFERED_BYTES, substituteBody } from "./request-body.ts";
import { type Credential, createSubstitution } from "./substitution.ts";
import { createCredential, placeholderOf } from "./testing/credential.ts";
import { CopyingTransformStream, cutBytes, readAll, streamOf } from "./testing/streams.ts";

const A = placeholderOf(1);
const B = placeholderOf(2);
const VALUES = ['a"b\\c\n&<ü>', "x&y=z +%"];

const TYPES: [string, Exclude<Escape, "percent">][] = [
  ["application/json", "json"],
  ["application/x-ndjson", "json"],
  ["application/x-www-form-urlencoded", "form"],
  ["application/soap+xml; charset=utf-8", "xml"],
  ["text/plain", "raw"],
  ["multipart/form-data; boundary=x", "raw"],
];

const CODINGS: Record<string, [(b: Uint8Array) => Buffer, (b: Uint8Array) => Buffer]> = {
  gzip: [gzipSync, gunzipSync],
  deflate: [zlib.deflateSync, zlib.inflateSync],
  br: [zlib.brotliCompressSync, zlib.brotliDecompressSync],
  zstd: [zlib.zstdCompressSync, zlib.zstdDecompressSync],
};

beforeAll(() => {
  vi.stubGlobal("IdentityTransformStream", CopyingTransformStream);
  vi.stubGlobal("FixedLengthStream", CopyingTransformStream);
  return () => vi.unstubAllGlobals();
});

type Options = {
  type?: string | null;
  encoding?: string;
  hasLength?: boolean;
  length?: number;
  credentials?: Credential[];
  outcome?: Outcome;
  cuts?: number[];
};

async function substitute(body: string | Uint8Array, options: Options = {}) {
  const bytes = Buffer.from(body);
  const headers = new Headers();
  const { type = "text/plain", encoding, hasLength = true, length = bytes.length } = options;
  if (type !== null) headers.set("Content-Type", type);
  if (encoding !== undefined) headers.set("Content-Encoding", encoding);
  if (hasLength) headers.set("Content-Length", String(length));
  const credentials =
    options.credentials ?? VALUES.map((value, index) => createCredential(index + 1, value));
  const stream = streamOf(cutBytes(bytes, options.cuts ?? []));
  const substituted = await substituteBody(
    { stream, headers },
    createSubstitution(credentials),
    options.outcome ?? createOutcome(),
  );
  return { ...substituted, isUntouched: substituted.body === stream };
}

async function substituteText(body: string, options: Options = {}): Promise<string> {
  return (await readAll((await substitute(body, options)).body)).toString();
}

/** All in one piece and by nothing but the language: what every way through must give. */
function replaceSlowly(text: string, kind: Exclude<Escape, "percent">): string {
  return text.replace(new RegExp(`${A}|${B}`, "g"), (placeholder) =>
    escapeValue(kind, VALUES[placeholder === A ? 0 : 1] ?? ""),
  );
}

const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(A, B, A.slice(0, 20), B.slice(5), placeholderOf(3), "dtn_secret_", "é", '"'),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

describe("substituteBody", () => {
  test.each(TYPES)("%s: the same bytes for every cut, buffered or streamed", async (type, kind) => {
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.boolean(),
        async (text, cuts, hasLength) => {
          const expected = replaceSlowly(text, kind);
          const result = await substitute(text, { type, cuts, hasLength });
          expect((await readAll(result.body)).toString()).toBe(expected);
          if (hasLength) {
            expect(result.body).toBeInstanceOf(Uint8Array);
            expect(result.mayDiffer).toBe(expected !== text);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each(Object.entries(CODINGS))(
    "%s: decoded, searched and coded again, buffered or streamed",
    async (encoding, [encode, decode]) => {
      await fc.assert(
        fc.asyncProperty(texts, fc.boolean(), async (text, hasLength) => {
          const coded = encode(Buffer.from(text));
          const result = await substitute(coded, { encoding, hasLength, cuts: [3, 9] });
          const output = await readAll(result.body);
          expect(decode(output).toString()).toBe(replaceSlowly(text, "raw"));
          if (!hasLength || replaceSlowly(text, "raw") !== text) return;
          // What holds no placeholder keeps its very bytes where they are at hand.
          expect(result.mayDiffer).toBe(false);
          expect(output).toEqual(coded);
        }),
        { numRuns: 40 },
      );
    },
  );

  test("replaces in names and keys as in values", async () => {
    const json = await substituteText(`{"${A}":["${B}",{"k":"-${A}-"}]}`, {
      type: "application/json",
    });
    expect(JSON.parse(json)).toEqual({
      [VALUES[0] ?? ""]: [VALUES[1], { k: `-${VALUES[0]}-` }],
    });
    const form = await substituteText(`${A}=1&b=${B}&${B}`, {
      type: "application/x-www-form-urlencoded",
    });
    expect([...new URLSearchParams(form)]).toEqual([
      [VALUES[0], "1"],
      ["b", VALUES[1]],
      [VALUES[1], ""],
    ]);
  });

  test("puts values in literally and never searches them", async () => {
    const credentials = [createCredential(1, `$& $1 %s ${B}`), createCredential(2, `<${A}>`)];
    expect(await substituteText(`${A}|${B}|${A}`, { credentials })).toBe(
      `$& $1 %s ${B}|<${A}>|$& $1 %s ${B}`,
    );
  });

  test("keeps the parts of a multipart body byte by byte", async () => {
    const binary = Buffer.from([0, 0xff, 0x0d, 0x0a, 0x80, 0xfe]);
    const body = Buffer.concat([
      Buffer.from(`--x\r\nContent-Disposition: form-data; name="k"\r\n\r\n${A}\r\n--x\r\n\r\n`),
      binary,
      Buffer.from("\r\n--x--\r\n"),
    ]);
    const { body: output } = await substitute(body, { type: "multipart/form-data; boundary=x" });
    const parsed = await readAll(output);
    expect(parsed.includes(binary)).toBe(true);
    expect(
      parsed.toString("latin1").replace(Buffer.from(VALUES[0] ?? "").toString("latin1"), A),
    ).toBe(body.toString("latin1"));
  });

  test.each(["image/png", "application/grpc+json", "application/octet-stream"])(
    "never touches %s",
    async (type) => {
      const result = await substitute(`binary ${A}`, { type });
      expect(result).toMatchObject({ isUntouched: true, mayDiffer: false });
    },
  );

  test("hands on no body, and an empty one", async () => {
    const substitution = createSubstitution([createCredential(1, "value")]);
    const headers = new Headers();
    expect(
      await substituteBody({ stream: null, headers }, substitution, createOutcome()),
    ).toMatchObject({ body: null, mayDiffer: false });
    const empty = await substitute("");
    expect(empty.mayDiffer).toBe(false);
    expect(await readAll(empty.body)).toEqual(Buffer.alloc(0));
  });

  test("hands on what it gets where no secret may stand in a body", async () => {
    const credentials = [
      createCredential(1, "value", { locations: { headers: true } }),
      createCredential(2, null),
    ];
    const big = `${A}${"x".repeat(MAX_BUFFERED_BYTES)}`;
    for (const hasLength of [false, true]) {
      const result = await substitute(big, { hasLength, credentials, cuts: [1, 1_000, 70_000] });
      expect(result.mayDiffer).toBe(false);
      expect((await readAll(result.body)).toString() === big).toBe(true);
      await result.upload?.sent;
    }
    const coded = await substitute(gzipSync(A), { credentials, encoding: "gzip" });
    expect(coded).toMatchObject({ isUntouched: true, mayDiffer: false });
  });

  test("says why a placeholder stays in a small body", async () => {
    const outcome = createOutcome();
    const credentials = [
      createCredential(1, "value", { locations: { headers: true } }),
      createCredential(2, null),
    ];
    const body = `${A} ${B}`;
    expect(await substituteText(body, { credentials, outcome })).toBe(body);
    expect([...outcome.hindrances.values()].map((why) => [...why])).toEqual([
      ["location-not-allowed"],
      ["host-not-allowed"],
    ]);
  });

  test("buffers up to 1 MiB and streams what is longer", async () => {
    const filler = "x".repeat(MAX_BUFFERED_BYTES - A.length);
    const short = await substitute(filler + A);
    expect(short.body).toBeInstanceOf(Uint8Array);
    const long = await substitute(`${filler}x${A}`);
    expect(long.body).toBeInstanceOf(ReadableStream);
    expect(long.mayDiffer).toBe(true);
    expect((await readAll(long.body)).toString()).toBe(`${filler}x${VALUES[0]}`);
  });

  test("does not believe a Content-Length that is too small", async () => {
    const body = `${"x".repeat(2 * MAX_BUFFERED_BYTES)}${A}`;
    const result = await substitute(body, { length: 5, cuts: [100, MAX_BUFFERED_BYTES] });
    expect(result.body).toBeInstanceOf(ReadableStream);
    expect((await readAll(result.body)).toString("utf8", 2 * MAX_BUFFERED_BYTES)).toBe(VALUES[0]);
  });

  test("streams what is small when coded and large when decoded", async () => {
    const text = `${"x".repeat(3 * MAX_BUFFERED_BYTES)}${A}`;
    const result = await substitute(gzipSync(text), { encoding: "gzip" });
    expect(result.body).toBeInstanceOf(ReadableStream);
    const decoded = gunzipSync(await readAll(result.body)).toString();
    expect(decoded).toBe(replaceSlowly(text, "raw"));
  });

  test.each(["compress", "aws-chunked", "gzip, gzip, gzip"])(
    "hands on a body in the coding %j and says so",
    async (encoding) => {
      const outcome = createOutcome();
      const result = await substitute(A, { encoding, outcome });
      expect(result.isUntouched).toBe(true);
      expect([...outcome.hindrances.values()].map((why) => [...why])).toEqual([
        ["encoding-not-supported"],
        ["encoding-not-supported"],
      ]);
    },
  );

  test("hands on a body whose coding is not what its header says, and says so", async () => {
    const outcome = createOutcome();
    const result = await substitute(A, { encoding: "gzip", outcome });
    expect((await readAll(result.body)).toString()).toBe(A);
    expect(result.mayDiffer).toBe(false);
    expect(outcome.places.size).toBe(0);
    expect(outcome.hindrances.size).toBe(2);
  });

  test("refuses a value that XML cannot hold, in a buffered body and in a stream", async () => {
    const credentials = [createCredential(1, "bell\x07")];
    const refusal = {
      code: "SECRET_NOT_ENCODABLE",
      message:
        "The value of secret secret-1 cannot be put into the body: XML cannot hold one of its characters",
    };
    const options = { type: "text/xml", credentials };
    await expect(substitute(`<k>${A}</k>`, options)).rejects.toMatchObject(refusal);
    const streamed = await substitute(`<k>${A}</k>`, { ...options, hasLength: false });
    await expect(readAll(streamed.body)).rejects.toMatchObject(refusal);
    expect(streamed.upload?.broken.reason).toMatchObject(refusal);
    // A body that does not ask for the value is not refused.
    expect(await substituteText("<k/>", options)).toBe("<k/>");
  });

  test("ends a streamed body with the error that ended the client's", async () => {
    const failing = streamOf([Buffer.from(`begins ${A}`)], new Error("client left"));
    const { body, upload } = await substituteBody(
      { stream: failing, headers: new Headers() },
      createSubstitution([createCredential(1, "value")]),
      createOutcome(),
    );
    await expect(readAll(body)).rejects.toThrow("client left");
    expect(upload?.broken.reason).toEqual(new Error("client left"));
  });

  test("takes a hundred secrets of 64 KiB, whole and in a stream", async () => {
    const values = Array.from({ length: 100 }, (_, index) =>
      `${index}-`.padEnd(64 * 1024, "abcdefgh"),
    );
    const credentials = values.map((value, index) => createCredential(index, value));
    const text = credentials.map(({ placeholder }) => `"${placeholder}"`).join(",\n");
    const expected = values.map((value) => `"${value}"`).join(",\n");
    for (const hasLength of [true, false]) {
      const output = await substituteText(text, { credentials, hasLength, cuts: [1_000, 2_001] });
      expect(output === expected).toBe(true);
    }
  });
});

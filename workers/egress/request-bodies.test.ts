import { Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { createSandbox, type TestSandbox } from "./testing/fixture.ts";
import { getSeen, type Seen } from "./testing/upstream.ts";

const MIB = 1024 * 1024;
const CODERS: Record<string, [(bytes: Buffer) => Buffer, (bytes: Buffer) => Buffer]> = {
  gzip: [zlib.gzipSync, zlib.gunzipSync],
  deflate: [zlib.deflateSync, zlib.inflateSync],
  br: [zlib.brotliCompressSync, zlib.brotliDecompressSync],
  zstd: [zlib.zstdCompressSync, zlib.zstdDecompressSync],
};

async function post(
  sandbox: TestSandbox,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<Seen> {
  const answer = await sandbox.call(`https://${sandbox.host}/`, { method: "POST", body, headers });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
  return getSeen(sandbox.host);
}

/** A body of unknown length, in these pieces. */
function toStream(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

/** A body of known length, in these pieces. */
function toFixedStream(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { readable, writable } = new FixedLengthStream(length);
  void toStream(...chunks).pipeTo(writable);
  return readable;
}

/** Bytes of a length, all kinds of them, with a text at some place. */
function fill(length: number, text: string, at: number): Buffer {
  const bytes = Buffer.from(Array.from({ length: 251 }, (_zero, index) => index));
  const filled = Buffer.alloc(length, bytes);
  filled.write(text, at);
  return filled;
}

describe("lengths", () => {
  const around = [MIB - 1, MIB, MIB + 1, 3 * MIB];

  test.each(around)("%i bytes of known length", async (length) => {
    const sandbox = await createSandbox();
    const { placeholder = "", value = "" } = sandbox.secrets[0] ?? {};
    const seen = await post(sandbox, fill(length, placeholder, length - 100));
    const expected = fill(length, placeholder, length - 100);
    const changed = Buffer.concat([
      expected.subarray(0, length - 100),
      Buffer.from(value),
      expected.subarray(length - 100 + placeholder.length),
    ]);
    expect(seen.bytes.equals(changed)).toBe(true);
    const framing = length <= MIB ? "content-length" : "transfer-encoding";
    expect(seen.headers[framing]).toBe(length <= MIB ? String(changed.length) : "chunked");
  });

  test.each(around)("%i bytes of unknown length", async (length) => {
    const sandbox = await createSandbox();
    const { placeholder = "", value = "" } = sandbox.secrets[0] ?? {};
    const body = fill(length, placeholder, length - placeholder.length);
    const seen = await post(sandbox, toStream(body));
    expect(seen.bytes.subarray(-value.length).toString()).toBe(value);
    expect(seen.bytes.length).toBe(length - placeholder.length + value.length);
    expect(seen.headers["transfer-encoding"]).toBe("chunked");
    expect(seen.headers).not.toHaveProperty("content-length");
  });

  test("nothing to change: the bytes and the Content-Length are those that came", async () => {
    const sandbox = await createSandbox();
    const body = fill(1000, "dtn_secret_", 989);
    const seen = await post(sandbox, body);
    expect(seen.bytes.equals(body)).toBe(true);
    expect(seen.headers["content-length"]).toBe("1000");
  });

  test("an empty body stays empty", async () => {
    const sandbox = await createSandbox();
    const seen = await post(sandbox, "");
    expect(seen.bytes.length).toBe(0);
    expect(seen.headers["content-length"]).toBe("0");
  });

  test("a length that is a lie, as code over a service binding can say it", async () => {
    const sandbox = await createSandbox();
    const { placeholder = "", value = "" } = sandbox.secrets[0] ?? {};
    const body = fill(2 * MIB, placeholder, 2 * MIB - placeholder.length);
    const answer = await sandbox.callOutbound(`https://${sandbox.host}/`, {
      method: "POST",
      headers: { "Content-Length": "5" },
      body: toStream(body),
    });
    expect(answer.status).toBe(200);
    const seen = await getSeen(sandbox.host);
    expect(seen.bytes.subarray(-value.length).toString()).toBe(value);
    expect(seen.headers["transfer-encoding"]).toBe("chunked");
  });
});

describe("bodies that can hold no value are handed on with their length", () => {
  const big = fill(2 * MIB, "", 0);

  test.each([
    "application/octet-stream",
    "image/png",
    "audio/mpeg",
    "video/mp4",
    "font/woff2",
    "application/zip",
    "application/pdf",
    "application/grpc",
    "application/grpc-web+proto",
    "application/x-protobuf",
  ])("%s", async (type) => {
    const sandbox = await createSandbox();
    const { placeholder = "" } = sandbox.secrets[0] ?? {};
    const body = Buffer.concat([big, Buffer.from(placeholder)]);
    const seen = await post(sandbox, toFixedStream(body), {
      "Content-Type": type,
      "Content-MD5": "x",
    });
    expect(seen.bytes.equals(body)).toBe(true);
    expect(seen.headers["content-length"]).toBe(String(body.length));
    expect(seen.headers["content-md5"]).toBe("x");
  });

  test("any body to a host that no secret allows", async () => {
    const sandbox = await createSandbox({ secrets: [{ hosts: ["other.example"] }] });
    const { placeholder = "" } = sandbox.secrets[0] ?? {};
    const body = Buffer.concat([big, Buffer.from(placeholder)]);
    const seen = await post(sandbox, toFixedStream(body));
    expect(seen.bytes.equals(body)).toBe(true);
    expect(seen.headers["content-length"]).toBe(String(body.length));
  });

  test.each(["call", "callOutbound"] as const)(
    "a body whose length is not known, and without one (%s)",
    async (way) => {
      const sandbox = await createSandbox();
      const { placeholder = "" } = sandbox.secrets[0] ?? {};
      const body = Buffer.concat([big, Buffer.from(placeholder)]);
      const headers = { "Content-Type": "image/png" };
      const init = { method: "POST", headers, body: toStream(body) };
      const answer = await sandbox[way](`https://${sandbox.host}/`, init);
      expect(answer.status).toBe(200);
      const seen = await getSeen(sandbox.host);
      expect(seen.bytes.equals(body)).toBe(true);
      expect(seen.headers["content-length"]).toBeUndefined();
    },
  );

  test("any body where no secret may stand in one", async () => {
    const sandbox = await createSandbox({ secrets: [{ locations: { headers: true } }] });
    const seen = await post(sandbox, toFixedStream(big));
    expect(seen.headers["content-length"]).toBe(String(big.length));
  });
});

describe("codings", () => {
  test.each(Object.entries(CODERS))(
    "%s: decoded, searched, encoded again",
    async (name, [encode, decode]) => {
      const sandbox = await createSandbox();
      const { placeholder, value } = sandbox.secrets[0] ?? {};
      const seen = await post(sandbox, encode(Buffer.from(`<${placeholder}>`)), {
        "Content-Encoding": name.toUpperCase(),
      });
      expect(decode(seen.bytes).toString()).toBe(`<${value}>`);
      expect(seen.headers["content-encoding"]).toBe(name.toUpperCase());
      expect(seen.headers["content-length"]).toBe(String(seen.bytes.length));
    },
  );

  test.each(Object.entries(CODERS))("%s, streamed", async (name, [encode, decode]) => {
    const sandbox = await createSandbox();
    const { placeholder = "", value = "" } = sandbox.secrets[0] ?? {};
    const coded = encode(fill(2 * MIB, placeholder, MIB));
    const seen = await post(sandbox, toStream(coded), { "Content-Encoding": name });
    const decoded = decode(seen.bytes);
    expect(decoded.subarray(MIB, MIB + value.length).toString()).toBe(value);
    expect(decoded.length).toBe(2 * MIB + value.length - placeholder.length);
  });

  test("two codings, one on the other", async () => {
    const sandbox = await createSandbox();
    const { placeholder, value } = sandbox.secrets[0] ?? {};
    const coded = zlib.brotliCompressSync(zlib.gzipSync(placeholder ?? ""));
    const seen = await post(sandbox, coded, { "Content-Encoding": "gzip, br" });
    expect(zlib.gunzipSync(zlib.brotliDecompressSync(seen.bytes)).toString()).toBe(value);
  });

  test("without a placeholder the coded bytes are those that came", async () => {
    const sandbox = await createSandbox();
    const coded = zlib.gzipSync("nothing", { level: 1 });
    const seen = await post(sandbox, coded, { "Content-Encoding": "gzip", Digest: "x" });
    expect(seen.bytes.equals(coded)).toBe(true);
    expect(seen.headers["digest"]).toBe("x");
  });

  test.each([
    ["an unknown coding", "x-secret-sauce"],
    ["a coding that the body does not have", "gzip"],
  ])("%s: untouched, and the outcome says so", async (_what, name) => {
    const sandbox = await createSandbox();
    const { placeholder = "" } = sandbox.secrets[0] ?? {};
    const answer = await sandbox.call(`https://${sandbox.host}/`, {
      method: "POST",
      body: placeholder,
      headers: { "Content-Encoding": name },
    });
    expect(answer.headers.get("Egret-Outcome")).toBe('"KEY_0";outcome=encoding-not-supported');
    expect((await getSeen(sandbox.host)).text).toBe(placeholder);
  });

  test("a small body that unpacks to much is neither refused nor kept in memory", async () => {
    const sandbox = await createSandbox();
    const bomb = zlib.gzipSync(Buffer.alloc(32 * MIB));
    const seen = await post(sandbox, bomb, { "Content-Encoding": "gzip" });
    expect(zlib.gunzipSync(seen.bytes).length).toBe(32 * MIB);
  });
});

describe("digests", () => {
  const digests = { "Content-MD5": "x", Digest: "x", "Content-Digest": "x", "Repr-Digest": "x" };

  test("of a changed body are dropped", async () => {
    const sandbox = await createSandbox();
    const seen = await post(sandbox, sandbox.secrets[0]?.placeholder ?? "", digests);
    for (const name of Object.keys(digests)) {
      expect(seen.headers).not.toHaveProperty(name.toLowerCase());
    }
  });

  test("of an unchanged body stay", async () => {
    const sandbox = await createSandbox();
    expect((await post(sandbox, "nothing", digests)).headers).toMatchObject({
      "content-md5": "x",
      digest: "x",
      "content-digest": "x",
      "repr-digest": "x",
    });
  });
});

describe("cuts", () => {
  test("the same body cut at every byte gives the same bytes upstream", async () => {
    const sandbox = await createSandbox({ secrets: [{}, {}] });
    const [a, b] = sandbox.secrets;
    const body = Buffer.from(`dtn_${a?.placeholder}${b?.placeholder}dtn_secret_${a?.placeholder}d`);
    const expected = `dtn_${a?.value}${b?.value}dtn_secret_${a?.value}d`;
    const seen = await Promise.all(
      Array.from({ length: body.length + 1 }, async (_zero, cut) => {
        const url = `https://${sandbox.host}/${cut}/`;
        const chunks = [body.subarray(0, cut), body.subarray(cut)].filter(
          ({ length }) => length > 0,
        );
        await sandbox.call(url, { method: "POST", body: toStream(...chunks) });
        return (await getSeen(url)).text;
      }),
    );
    expect(new Set(seen)).toEqual(new Set([expected]));
  });

  test("byte by byte", async () => {
    const sandbox = await createSandbox();
    const { placeholder = "", value } = sandbox.secrets[0] ?? {};
    const bytes = [...Buffer.from(`${placeholder} ${placeholder}`)].map((byte) => Buffer.of(byte));
    expect((await post(sandbox, toStream(...bytes))).text).toBe(`${value} ${value}`);
  });
});

import { Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { createSandbox, createValue } from "./testing/fixture.ts";
import { type Answer, planAnswer } from "./testing/upstream.ts";

const BYTES = Buffer.from(Array.from({ length: 1024 }, (_zero, index) => index % 256));

async function callWithAnswer(answer: Answer, init: RequestInit = {}, secrets = [{}]) {
  const sandbox = await createSandbox({ secrets });
  const url = `https://${sandbox.host}/`;
  await planAnswer(url, answer);
  return sandbox.call(url, init);
}

describe("an answer without an echo", () => {
  test.each([
    ["of known length", [["Content-Length", "1024"]]],
    ["of unknown length", []],
  ] as [string, [string, string][]][])("%s is byte-identical", async (_what, headers) => {
    const answer = await callWithAnswer({
      headers,
      body: [BYTES.subarray(0, 7), BYTES.subarray(7)],
    });
    expect(Buffer.from(await answer.arrayBuffer()).equals(BYTES)).toBe(true);
  });

  test("keeps its validators and digests where it is known to be unchanged", async () => {
    const headers: [string, string][] = [
      ["ETag", '"strong"'],
      ["Content-MD5", "x"],
      ["Digest", "x"],
    ];
    const answer = await callWithAnswer({
      headers: [...headers, ["Content-Length", "1024"]],
      body: [BYTES],
    });
    expect(answer.headers.get("ETag")).toBe('"strong"');
    expect(answer.headers.get("Content-MD5")).toBe("x");
    expect(answer.headers.get("Digest")).toBe("x");
  });

  test("whose bytes may have changed promises none of them", async () => {
    const headers: [string, string][] = [
      ["ETag", '"strong"'],
      ["Content-MD5", "x"],
      ["Repr-Digest", "x"],
    ];
    const answer = await callWithAnswer({ headers, body: [BYTES] });
    expect(answer.headers.get("ETag")).toBe('W/"strong"');
    expect(answer.headers.has("Content-MD5")).toBe(false);
    expect(answer.headers.has("Repr-Digest")).toBe(false);
  });

  test("that was changed loses a strong ETag and keeps a weak one", async () => {
    for (const [etag, kept] of [
      ['"strong"', null],
      ['W/"weak"', 'W/"weak"'],
    ] as const) {
      const value = createValue();
      const headers: [string, string][] = [
        ["ETag", etag],
        ["Content-Length", String(value.length)],
      ];
      const answer = await callWithAnswer({ headers, body: [value] }, {}, [{ value }]);
      expect(answer.headers.get("ETag")).toBe(kept);
    }
  });

  test("keeps the bytes of headers outside ASCII", async () => {
    const answer = await callWithAnswer({
      headers: [["X-Name", Buffer.from("Zoë").toString("latin1")]],
    });
    expect(Buffer.from(answer.headers.get("X-Name") ?? "", "latin1").toString()).toBe("Zoë");
  });
});

describe("answers from hosts that may receive no value", () => {
  test("are not searched: bytes, coding, length and headers are the upstream's", async () => {
    const value = createValue();
    const sandbox = await createSandbox({
      secrets: [{ value: "short", hosts: ["other.example"] }],
    });
    const url = `https://${sandbox.host}/`;
    const coded = zlib.zstdCompressSync(value);
    await planAnswer(url, {
      headers: [
        ["Content-Encoding", "zstd"],
        ["Content-Length", String(coded.length)],
        ["ETag", '"x"'],
      ],
      body: [coded],
    });
    const answer = await sandbox.call(url);
    expect(answer.headers.get("Content-Encoding")).toBe("zstd");
    expect(answer.headers.get("ETag")).toBe('"x"');
    expect(Buffer.from(await answer.arrayBuffer()).equals(coded)).toBe(true);
  });

  test("a value that the host may not receive is left alone, if the host knows it all the same", async () => {
    const value = `shared${Date.now()}`.slice(0, 11);
    const sandbox = await createSandbox({ secrets: [{ value, hosts: ["other.example"] }, {}] });
    const url = `https://${sandbox.host}/`;
    await planAnswer(url, { body: [value] });
    expect(await (await sandbox.call(url)).text()).toBe(value);
  });

  test("a value under 8 bytes is not scrubbed", async () => {
    const answer = await callWithAnswer({ body: ["1234567"] }, {}, [{ value: "1234567" }]);
    expect(await answer.text()).toBe("1234567");
  });
});

describe("answers without a body", () => {
  test("HEAD keeps its headers", async () => {
    const headers: [string, string][] = [
      ["Content-Length", "1024"],
      ["ETag", '"x"'],
    ];
    const answer = await callWithAnswer({ headers }, { method: "HEAD" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Length")).toBe("1024");
    expect(await answer.text()).toBe("");
  });

  test.each([204, 304])("%i", async (status) => {
    const answer = await callWithAnswer({ status, headers: [["ETag", '"x"']] });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("ETag")).toBe('"x"');
    expect(answer.body).toBeNull();
  });

  test.each([200, 201, 400, 404, 418, 500, 503])("%i with an empty one", async (status) => {
    const answer = await callWithAnswer({
      status,
      statusText: "Fine",
      headers: [["Content-Length", "0"]],
    });
    expect(answer.status).toBe(status);
    expect(answer.statusText).toBe("Fine");
    expect(await answer.text()).toBe("");
  });
});

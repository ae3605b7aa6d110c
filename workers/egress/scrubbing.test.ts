import { Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { createSandbox, createValue, type TestSandbox } from "./testing/fixture.ts";
import { type Answer, planAnswer, releasePart } from "./testing/upstream.ts";

const CODERS: [string, (text: Buffer) => Buffer][] = [
  ["gzip", zlib.gzipSync],
  ["deflate", zlib.deflateSync],
  ["br", zlib.brotliCompressSync],
  ["zstd", zlib.zstdCompressSync],
  ["gzip, br", (text) => zlib.brotliCompressSync(zlib.gzipSync(text))],
];

async function answerWith(sandbox: TestSandbox, answer: Answer, init?: RequestInit) {
  const url = `https://${sandbox.host}/`;
  await planAnswer(url, answer);
  return sandbox.call(url, init);
}

async function createWithValue(value = createValue()) {
  const sandbox = await createSandbox({ secrets: [{ value }] });
  return { sandbox, value, placeholder: sandbox.secrets[0]?.placeholder as string };
}

/** The answer's headers that are the upstream's own. */
function listHeaders(answer: Response): Record<string, string> {
  return Object.fromEntries(answer.headers);
}

describe("headers", () => {
  test("a value in any header becomes its placeholder", async () => {
    const { sandbox, value, placeholder } = await createWithValue();
    const answer = await answerWith(sandbox, {
      headers: [
        ["X-Echo", `<${value}>${value}`],
        ["WWW-Authenticate", `Bearer error="${value}"`],
        ["Set-Cookie", `session=${value}; Path=/`],
        ["Set-Cookie", "other=1"],
        ["Link", `<https://a.example/?key=${encodeURIComponent(value)}>`],
        ["X-Basic", `Basic ${btoa(`user:${value}`)}`],
      ],
    });
    expect(answer.headers.get("X-Echo")).toBe(`<${placeholder}>${placeholder}`);
    expect(answer.headers.get("WWW-Authenticate")).toBe(`Bearer error="${placeholder}"`);
    expect(answer.headers.getSetCookie()).toHaveLength(2);
    expect(answer.headers.getSetCookie()[0]).toContain(`session=${placeholder}`);
    expect(answer.headers.get("Link")).toContain(`key=${placeholder}`);
    expect(answer.headers.get("X-Basic")).toContain(placeholder);
  });

  test("a value in Location, in the path and in the query", async () => {
    const { sandbox, value, placeholder } = await createWithValue(`${createValue()}/+ &`);
    const answer = await answerWith(sandbox, {
      status: 302,
      headers: [["Location", `/${encodeURIComponent(value)}?key=${encodeURIComponent(value)}`]],
    });
    expect(answer.headers.get("Location")).toMatch(
      new RegExp(`/forward/https/${sandbox.host}/${placeholder}\\?key=${placeholder}$`),
    );
  });

  test("a value in the status text", async () => {
    const { sandbox, value, placeholder } = await createWithValue();
    const answer = await answerWith(sandbox, { statusText: `No ${value}` });
    expect(answer.statusText).toBe(`No ${placeholder}`);
  });

  test.each(["utf8", "latin1"] as const)(
    "a value outside ASCII that was sent as %s",
    async (encoding) => {
      const { sandbox, value, placeholder } = await createWithValue(`${createValue()}-é`);
      const sent = Buffer.from(value, encoding).toString("latin1");
      const answer = await answerWith(sandbox, {
        headers: [
          ["X-Echo", sent],
          ["Set-Cookie", `a=${sent}`],
        ],
      });
      expect(answer.headers.get("X-Echo")).toBe(placeholder);
      expect(answer.headers.getSetCookie()[0]).toContain(`a=${placeholder}`);
    },
  );

  test("the upstream cannot speak with the egress's voice", async () => {
    const { sandbox } = await createWithValue();
    const answer = await answerWith(sandbox, {
      headers: [
        ["Egret-Error", "FORGED"],
        ["Egret-Outcome", "forged"],
        ["Proxy-Authenticate", "Basic"],
        ["Connection", "X-Hop"],
        ["X-Hop", "1"],
        ["Keep-Alive", "timeout=5"],
        ["X-Kept", "1"],
      ],
    });
    expect(listHeaders(answer)).toEqual({ "x-kept": "1" });
  });
});

describe("bodies", () => {
  test.each([
    "text/plain",
    "application/json",
    "text/html",
    "application/octet-stream",
    "image/png",
    "application/grpc",
    "",
  ])("of type %j, with and without a length", async (type) => {
    const { sandbox, value, placeholder } = await createWithValue();
    const body = Buffer.concat([Buffer.of(0, 255, 128), Buffer.from(`${value},${value}`)]);
    const expected = Buffer.concat([
      Buffer.of(0, 255, 128),
      Buffer.from(`${placeholder},${placeholder}`),
    ]);
    const headers: [string, string][] = type === "" ? [] : [["Content-Type", type]];
    const whole = await answerWith(sandbox, {
      headers: [...headers, ["Content-Length", String(body.length)]],
      body: [body],
    });
    expect(Buffer.from(await whole.arrayBuffer()).equals(expected)).toBe(true);
    const streamed = await answerWith(sandbox, { headers, body: [body] });
    expect(Buffer.from(await streamed.arrayBuffer()).equals(expected)).toBe(true);
  });

  test("in every spelling of an upstream that says what it got", async () => {
    const { sandbox, value, placeholder } = await createWithValue(`${createValue()}/"&<é> +`);
    const bytes = Buffer.from(value);
    const spellings = [
      value,
      JSON.stringify(value).slice(1, -1),
      encodeURIComponent(value),
      encodeURIComponent(value).replace(/%../g, (digits) => digits.toLowerCase()),
      new URLSearchParams({ a: value }).toString().slice(2),
      bytes.toString("hex"),
      bytes.toString("hex").toUpperCase(),
      value
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;"),
    ];
    const answer = await answerWith(sandbox, { body: [spellings.join("\n")] });
    expect(await answer.text()).toBe(spellings.map(() => placeholder).join("\n"));
  });

  test("in base64, at every alignment", async () => {
    const { sandbox, value } = await createWithValue();
    for (const text of [value, `x${value}`, `xx${value}yy`]) {
      for (const coding of ["base64", "base64url"] as const) {
        const answer = await answerWith(sandbox, { body: [Buffer.from(text).toString(coding)] });
        expect(await answer.text()).toContain(sandbox.secrets[0]?.placeholder);
      }
    }
  });

  test("split at every byte", async () => {
    const { sandbox, value, placeholder } = await createWithValue();
    const text = Buffer.from(`${value.slice(0, 9)}${value}${value}v`);
    const expected = `${value.slice(0, 9)}${placeholder}${placeholder}v`;
    const answers = await Promise.all(
      Array.from({ length: text.length - 1 }, async (_zero, index) => {
        const url = `https://${sandbox.host}/${index}`;
        await planAnswer(url, { body: [text.subarray(0, index + 1), text.subarray(index + 1)] });
        return (await sandbox.call(url)).text();
      }),
    );
    expect(new Set(answers)).toEqual(new Set([expected]));
  });

  test.each(CODERS)("coded with %s, with and without a length", async (coding, encode) => {
    const { sandbox, value, placeholder } = await createWithValue();
    const coded = encode(Buffer.from(`<${value}>`));
    for (const length of [[["Content-Length", String(coded.length)]], []] as [string, string][][]) {
      const answer = await answerWith(sandbox, {
        headers: [["Content-Encoding", coding], ...length],
        body: [coded],
      });
      expect(await answer.text()).toBe(`<${placeholder}>`);
      expect(answer.headers.get("Content-Length") ?? `${placeholder.length + 2}`).toBe(
        `${placeholder.length + 2}`,
      );
    }
  });

  test("an unknown coding is no way around", async () => {
    const { sandbox, value, placeholder } = await createWithValue();
    const answer = await answerWith(sandbox, {
      headers: [["Content-Encoding", "x-none"]],
      body: [value],
    });
    expect(await answer.text()).toBe(placeholder);
  });

  test("a body that is not coded as it says: 502, or a broken answer", async () => {
    const { sandbox, value } = await createWithValue();
    for (const coding of ["gzip", "br", "zstd", "deflate"]) {
      const headers: [string, string][] = [["Content-Encoding", coding]];
      const whole = await answerWith(sandbox, {
        headers: [...headers, ["Content-Length", String(value.length)]],
        body: [value],
      });
      expect(whole.status).toBe(502);
      const streamed = await answerWith(sandbox, { headers, body: [value] });
      await expect(streamed.arrayBuffer()).rejects.toThrow();
    }
  });

  test("larger than what is buffered, with the value at the end", async () => {
    const { sandbox, value, placeholder } = await createWithValue();
    const body = Buffer.alloc(2 * 1024 * 1024, "x");
    const answer = await answerWith(sandbox, {
      headers: [["Content-Length", String(body.length + value.length)]],
      body: [body, value],
    });
    const text = await answer.text();
    expect(text.length).toBe(body.length + placeholder.length);
    expect(text.endsWith(`x${placeholder}`)).toBe(true);
  });

  test("values that overlap, and one within another", async () => {
    const inner = createValue();
    const outer = `${createValue()}${inner}${createValue()}`;
    const sandbox = await createSandbox({ secrets: [{ value: inner }, { value: outer }] });
    const answer = await answerWith(sandbox, { body: [`${inner} ${outer} ${outer.slice(0, -1)}`] });
    const [a, b] = sandbox.secrets;
    expect(await answer.text()).toMatch(
      new RegExp(`^${a?.placeholder} ${b?.placeholder} .*${a?.placeholder}`),
    );
  });
});

describe("server-sent events", () => {
  test.each(["", "gzip"])("arrive when they are sent (coding %j)", async (coding) => {
    const { sandbox, value, placeholder } = await createWithValue();
    const url = `https://${sandbox.host}/`;
    const events = ["data: one\n\n", `data: ${value}\n\n`, "data: three\n\n"];
    const gzip = zlib.createGzip();
    const parts = coding === "" ? events : await flushEach(gzip, events);
    await planAnswer(url, {
      headers: [
        ["Content-Type", "text/event-stream"],
        ...(coding === "" ? [] : ([["Content-Encoding", coding]] as [string, string][])),
      ],
      body: parts,
      isGated: true,
    });
    const reader = (await sandbox.call(url)).body?.getReader();
    for (const expected of events) {
      await releasePart(url);
      let text = "";
      const wanted = expected.replace(value, placeholder);
      while (text.length < wanted.length) {
        text += Buffer.from((await reader?.read())?.value ?? []).toString();
      }
      expect(text).toBe(wanted);
    }
    for (const _rest of parts.slice(events.length - 1)) await releasePart(url);
    expect((await reader?.read())?.done).toBe(true);
  });
});

/** Codes texts so that each can be decoded as soon as it has come; the last part is the end. */
async function flushEach(gzip: zlib.Gzip, texts: string[]): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  gzip.on("data", (chunk: Buffer) => parts.push(chunk));
  const flushed: Buffer[] = [];
  for (const text of texts) {
    await new Promise<void>((resolve) => {
      gzip.write(text);
      gzip.flush(() => resolve());
    });
    flushed.push(Buffer.concat(parts.splice(0)));
  }
  await new Promise<void>((resolve) => gzip.end(resolve));
  return [...flushed, Buffer.concat(parts)];
}

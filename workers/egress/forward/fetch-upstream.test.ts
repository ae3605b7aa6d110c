import { describe, expect, test } from "vitest";
import { handOnBody } from "../substitution/request-body.ts";
import type { Upload } from "../substitution/upload.ts";
import { createSandbox } from "../testing/fixture.ts";
import { readLog } from "../testing/leak-net.ts";
import {
  getSeen,
  listSeen,
  planAnswer,
  releasePart,
  waitUntilSettled,
} from "../testing/upstream.ts";
import { fetchUpstream, type UpstreamConnection, type UpstreamRequest } from "./fetch-upstream.ts";

const PATIENT: UpstreamConnection = { fetch: (url, init) => fetch(url, init), timeoutMs: 60_000 };
const createUrl = () => `https://${crypto.randomUUID()}.example/`;

function send(
  url: string,
  request: Partial<UpstreamRequest> = {},
  connection: Partial<UpstreamConnection> = {},
): Promise<string> {
  return fetchUpstream(
    { href: url, method: "GET", headers: new Headers(), body: null, ...request },
    { ...PATIENT, ...connection },
    (answer) => answer.text(),
  );
}

/** An upload that has come as far as `done` says. */
function createUpload(done: Partial<Upload> = {}): Upload {
  const never = new Promise<never>(() => {});
  return {
    offered: never,
    taken: never,
    sent: never,
    broken: new AbortController().signal,
    ...done,
  };
}

/** An upstream that never answers, and what it is told. */
function createSilence(timeoutMs: number) {
  const signals: AbortSignal[] = [];
  const connection = {
    timeoutMs,
    fetch: (_target: unknown, { signal }: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        signals.push(signal as AbortSignal);
        signal?.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  };
  return { signals, connection };
}

function toEndlessBody(): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream();
  void writable.getWriter().write(Buffer.from("beginning"));
  return readable;
}

describe("an upstream that fails", () => {
  test.each([
    ["does not answer", { fault: "silence" }],
    ["stops within a short body", { body: ["x"], end: "silence" }],
  ] as const)("%s in time: 504, and the connection is closed", async (_what, answer) => {
    const url = createUrl();
    await planAnswer(url, { headers: [["Content-Length", "100"]], ...answer, body: ["x"] });
    await expect(send(url, {}, { timeoutMs: 100 })).rejects.toMatchObject({
      code: "UPSTREAM_TIMEOUT",
    });
    expect(await waitUntilSettled(url, "answer")).toBe("broken");
  });

  test.each([
    ["before its first bytes are there", {}],
    ["after its first bytes were taken", { offered: Promise.resolve(), taken: Promise.resolve() }],
  ])("an upload has no time-out %s, but its answer has", async (_when, done) => {
    const { signals, connection } = createSilence(1);
    const sent = Promise.withResolvers<void>();
    const upload = createUpload({ ...done, sent: sent.promise });
    const late = { code: "UPSTREAM_TIMEOUT" };
    const uploading = expect(send(createUrl(), { upload }, connection)).rejects.toMatchObject(late);
    // Its time began later and is over, so that of the first had been, too.
    await expect(send(createUrl(), {}, connection)).rejects.toMatchObject(late);
    expect(signals[0]?.aborted).toBe(false);
    sent.resolve();
    await uploading;
  });

  test.each([false, true])(
    "so has that of a long body which is handed on as it is (length known: %s)",
    async (isKnown) => {
      const url = createUrl();
      await planAnswer(url, { fault: "silence" });
      const text = "beginning".padEnd(2_000_000, "x");
      const headers = new Headers(isKnown ? { "Content-Length": String(text.length) } : {});
      const body = handOnBody({ stream: new Response(text).body, headers });
      await expect(
        send(url, { method: "POST", ...body }, { timeoutMs: 500 }),
      ).rejects.toMatchObject({ code: "UPSTREAM_TIMEOUT" });
      const { headers: arrived } = await getSeen(url);
      expect(arrived["content-length"]).toBe(isKnown ? "2000000" : undefined);
    },
  );

  test("an upstream that does not take an upload's first bytes is not there: 504", async () => {
    const upload = createUpload({ offered: Promise.resolve() });
    await expect(send(createUrl(), { upload }, createSilence(1).connection)).rejects.toMatchObject({
      code: "UPSTREAM_TIMEOUT",
    });
  });

  test.each([
    ["cannot be reached", { fault: "reset" }],
    ["is lost within a short body", { end: "reset" }],
  ] as const)("%s: 502 without the runtime's words", async (_what, answer) => {
    const url = createUrl();
    await planAnswer(url, { headers: [["Content-Length", "100"]], body: ["x"], ...answer });
    await expect(send(url)).rejects.toMatchObject({
      code: "UPSTREAM_UNREACHABLE",
      message: "The upstream cannot be reached",
    });
  });

  test("the Worker answers 502 and logs no URL", async () => {
    const sandbox = await createSandbox();
    const url = `https://${sandbox.host}/path`;
    await planAnswer(url, { headers: [["Content-Length", "9"]], body: ["x"], end: "reset" });
    const answer = await sandbox.call(`${url}?key=${sandbox.secrets[0]?.placeholder}`);
    expect(answer.status).toBe(502);
    expect(answer.headers.get("Egret-Error")).toBe("UPSTREAM_UNREACHABLE");
    expect(readLog()).toContain("egress-failed");
    expect(readLog()).not.toContain("/path");
  });

  test("a use is recorded also where no answer came", async () => {
    const sandbox = await createSandbox();
    const url = `https://${sandbox.host}/`;
    await planAnswer(url, { fault: "reset" });
    await sandbox.call(url, { headers: { "X-Key": sandbox.secrets[0]?.placeholder as string } });
    expect(readLog()).toContain(`"secretId":"${sandbox.secrets[0]?.id}"`);
    expect(readLog()).toContain('"status":502');
  });

  test.each([600, 999])("status %i: 502, as no answer can carry it", async (status) => {
    const sandbox = await createSandbox();
    const url = `https://${sandbox.host}/`;
    await planAnswer(url, { status, body: ["x"] });
    expect((await sandbox.call(url)).status).toBe(502);
  });

  test("a loss within a streamed body breaks the sandbox's answer, which does not look whole", async () => {
    const sandbox = await createSandbox();
    const url = `https://${sandbox.host}/`;
    await planAnswer(url, { body: ["beginning"], end: "reset" });
    const answer = await sandbox.call(url);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });
});

describe("a request that ends early", () => {
  test("a body that breaks is never taken for a whole one", async () => {
    const url = createUrl();
    const broken = new AbortController();
    const upload = createUpload({ broken: broken.signal });
    const sent = send(url, { method: "POST", body: toEndlessBody(), upload });
    await getSeen(url);
    broken.abort(new Error("gone"));
    await expect(sent).rejects.toMatchObject({ code: "UPSTREAM_UNREACHABLE" });
    expect(await waitUntilSettled(url, "state")).toBe("broken");
  });

  test("a body that was broken before is not sent at all", async () => {
    const url = createUrl();
    const upload = createUpload({ broken: AbortSignal.abort(new Error("gone")) });
    await expect(
      send(url, { method: "POST", body: toEndlessBody(), upload }),
    ).rejects.toMatchObject({ code: "UPSTREAM_UNREACHABLE" });
    expect(await listSeen(url)).toEqual([]);
  });

  test("an answer before the body's end comes through", async () => {
    const url = createUrl();
    await planAnswer(url, { status: 413, isEarly: true, body: ["too much"] });
    expect(await send(url, { method: "POST", body: toEndlessBody() })).toBe("too much");
  });

  test.each([false, true])(
    "so does one to a long body that is handed on as it is, whose rest is not wanted (length known: %s)",
    async (isKnown) => {
      const text = "beginning".padEnd(2_000_000, "x");
      const headers = new Headers(isKnown ? { "Content-Length": String(text.length) } : {});
      const body = handOnBody({ stream: new Response(text).body, headers });
      const connection = {
        async fetch(_target: unknown, { body, signal }: RequestInit) {
          const reader = (body as ReadableStream<Uint8Array>).getReader();
          await reader.read();
          await reader.cancel(new Error("too much"));
          // Answers when the upload has heard of that.
          await expect(upload?.sent).rejects.toThrow("too much");
          signal?.throwIfAborted();
          return new Response("too much", { status: 413 });
        },
      };
      const { upload } = body;
      expect(await send(createUrl(), { method: "POST", ...body }, connection)).toBe("too much");
    },
  );

  test("a sandbox that goes away closes the connection to the upstream", async () => {
    const sandbox = await createSandbox();
    const url = `https://${sandbox.host}/`;
    await planAnswer(url, { body: ["one", "two"], isGated: true });
    const answer = await sandbox.call(url);
    const reader = answer.body?.getReader();
    await releasePart(url);
    await reader?.read();
    await reader?.cancel();
    expect(await waitUntilSettled(url, "answer")).toBe("broken");
  });
});

describe("redirects", () => {
  test.each([301, 302, 303, 307, 308])("%i is the sandbox's to follow", async (status) => {
    const sandbox = await createSandbox();
    const url = `https://${sandbox.host}/`;
    const location = `https://${crypto.randomUUID()}.evil.example/`;
    await planAnswer(url, { status, headers: [["Location", location]] });
    const answer = await sandbox.callOutbound(url, {
      headers: { Authorization: sandbox.secrets[0]?.placeholder as string },
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("Location")).toBe(location);
    await answer.arrayBuffer();
    await sandbox.callOutbound(location, {
      headers: { Authorization: sandbox.secrets[0]?.placeholder as string },
    });
    expect((await getSeen(location)).headers["authorization"]).toBe(
      sandbox.secrets[0]?.placeholder,
    );
  });
});

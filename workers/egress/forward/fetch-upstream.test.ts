import { describe, expect, test } from "vitest";
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

  test("the time for an answer begins when the request has gone", async () => {
    const signals: AbortSignal[] = [];
    const connection = {
      timeoutMs: 1,
      fetch: (_target: unknown, { signal }: RequestInit) =>
        new Promise<Response>((_resolve, reject) => {
          signals.push(signal as AbortSignal);
          signal?.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    };
    let finishSending = () => {};
    const sent = new Promise<void>((resolve) => {
      finishSending = resolve;
    });
    const late = { code: "UPSTREAM_TIMEOUT" };
    const uploading = expect(send(createUrl(), { sent }, connection)).rejects.toMatchObject(late);
    // Its time began later and is over, so that of the first had been, too.
    await expect(send(createUrl(), {}, connection)).rejects.toMatchObject(late);
    expect(signals[0]?.aborted).toBe(false);
    finishSending();
    await uploading;
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
    const sent = send(url, { method: "POST", body: toEndlessBody(), broken: broken.signal });
    await getSeen(url);
    broken.abort(new Error("gone"));
    await expect(sent).rejects.toMatchObject({ code: "UPSTREAM_UNREACHABLE" });
    expect(await waitUntilSettled(url, "state")).toBe("broken");
  });

  test("a body that was broken before is not sent at all", async () => {
    const url = createUrl();
    const broken = AbortSignal.abort(new Error("gone"));
    await expect(
      send(url, { method: "POST", body: toEndlessBody(), broken }),
    ).rejects.toMatchObject({ code: "UPSTREAM_UNREACHABLE" });
    expect(await listSeen(url)).toEqual([]);
  });

  test("an answer before the body's end comes through", async () => {
    const url = createUrl();
    await planAnswer(url, { status: 413, isEarly: true, body: ["too much"] });
    expect(await send(url, { method: "POST", body: toEndlessBody() })).toBe("too much");
  });

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

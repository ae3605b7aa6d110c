import { afterAll, beforeAll, expect, test } from "vitest";
import { createEgressFetch } from "./egress-fetch.js";
import { type Egress, startEgress, TOKEN } from "./testing/egress.ts";
import { type SeenRequest, startUpstream, type Upstream } from "./testing/upstream.ts";

let egress: Egress;
let echo: Upstream;
/** Answers each chunk of a body at once with the same chunk. */
let mirror: Upstream;
let egressFetch: typeof fetch;

beforeAll(async () => {
  [egress, echo, mirror] = await Promise.all([
    startEgress(),
    startUpstream(),
    startUpstream((request, response) => {
      response.flushHeaders();
      request.pipe(response);
    }),
  ]);
  egressFetch = createEgressFetch({ egressUrl: egress.url, token: TOKEN });
});

afterAll(() => Promise.all([egress.close(), echo.close(), mirror.close()]));

/** A stream that gives its next chunk when it is told to. */
function createManualStream() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
    undefined,
    undefined,
    new CountQueuingStrategy({ highWaterMark: 1 }),
  );
  const writer = writable.getWriter();
  return {
    readable,
    writer,
    write: (text: string) => writer.write(new TextEncoder().encode(text)),
  };
}

async function post(body: RequestInit["body"]): Promise<SeenRequest> {
  const init = { method: "POST", body: body ?? null, duplex: "half" as const };
  return (await (await egressFetch(echo.origin, init)).json()) as SeenRequest;
}

async function postRequest(body: RequestInit["body"]): Promise<SeenRequest> {
  const init = { method: "POST", body: body ?? null, duplex: "half" as const };
  return (await (await egressFetch(new Request(echo.origin, init))).json()) as SeenRequest;
}

async function readText(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value);
}

test.each(["init", "a Request"])("streams both ways at once with a stream in %s", async (where) => {
  const { readable, writer, write } = createManualStream();
  const init = { method: "POST", body: readable, duplex: "half" as const };
  // Nothing is sent, not even the head, before there is a first chunk.
  write("one");
  const answer =
    where === "init"
      ? egressFetch(mirror.origin, init)
      : egressFetch(new Request(mirror.origin, init));
  const reader = ((await answer).body as ReadableStream<Uint8Array>).getReader();
  expect(await readText(reader)).toBe("one");
  for (const chunk of ["two", "three"]) {
    write(chunk);
    expect(await readText(reader)).toBe(chunk);
  }
  await writer.close();
  expect((await reader.read()).done).toBe(true);
});

test("sends what is in memory with its length, be it in init or in a Request", async () => {
  const form = new FormData();
  form.set("field", "value");
  for (const body of [
    "text",
    new Uint8Array(1000),
    new Blob(["blob"]),
    new URLSearchParams("a=b"),
    form,
  ]) {
    for (const send of [post, postRequest]) {
      const { headers, body: arrived } = await send(body);
      expect(headers["content-length"]).toBe(String(Buffer.byteLength(arrived)));
    }
  }
});

test("sends bytes as they were when fetch was called", async () => {
  const bytes = new TextEncoder().encode("before");
  const answer = post(bytes.subarray(0, 6));
  bytes.set(new TextEncoder().encode("after!"));
  expect((await answer).body).toBe("before");
});

test("sends an empty body of a Request with the length 0", async () => {
  expect((await postRequest("")).headers["content-length"]).toBe("0");
});

test("streams a Request's body that is longer than 1 MiB, whole and in order", async () => {
  const text = Array.from({ length: 300_000 }, (_, index) => `${index}\n`).join("");
  const { headers, body } = await postRequest(new Blob([text]).stream());
  expect(headers["transfer-encoding"]).toBe("chunked");
  expect(body).toBe(text);
});

test("takes an async iterable as Node's fetch does", async () => {
  async function* generate() {
    yield new TextEncoder().encode("one ");
    yield new TextEncoder().encode("two");
  }
  const body = generate() as unknown as ReadableStream;
  expect((await post(body)).body).toBe("one two");
});

test.each([post, postRequest])("rejects with a TypeError where the stream fails", async (send) => {
  const failing = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("some"));
    },
    pull(controller) {
      controller.error(new Error("broken"));
    },
  });
  await expect(send(failing)).rejects.toThrow(TypeError);
});

test("uses up a Request's body, and rejects it the second time", async () => {
  const request = new Request(echo.origin, { method: "POST", body: "once" });
  await egressFetch(request);
  expect(request.bodyUsed).toBe(true);
  await expect(egressFetch(request)).rejects.toThrow(TypeError);
});

import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEgressFetch } from "./egress-fetch.js";
import { type Egress, startEgress, TOKEN } from "./testing/egress.ts";
import { startServer } from "./testing/server.ts";

let egress: Egress;
let egressFetch: typeof fetch;
let origin: string;
let close: () => Promise<void>;
/** `/silent` never answers, `/endless` answers one chunk and no end, `/away` leads to `/silent`. */
const server = createServer((request, response) => {
  if (request.url === "/away") response.writeHead(302, { Location: "/silent" }).end();
  else if (request.url === "/endless") response.write("chunk");
  response.on("close", () => server.emit("gone", request.url));
});

beforeAll(async () => {
  egress = await startEgress();
  egressFetch = createEgressFetch({ egressUrl: egress.url, token: TOKEN });
  const { port, close: closeServer } = await startServer(server);
  origin = `http://127.0.0.1:${port}`;
  close = closeServer;
});

afterAll(() => Promise.all([egress.close(), close()]));

const REASON = new Error("enough");

test("rejects with the reason, and sends nothing, where the signal is aborted already", async () => {
  egress.seen.length = 0;
  const signal = AbortSignal.abort(REASON);
  await expect(egressFetch(`${origin}/silent`, { signal })).rejects.toBe(REASON);
  const request = new Request(`${origin}/silent`, { method: "POST", body: "x", signal });
  await expect(egressFetch(request)).rejects.toBe(REASON);
  expect(egress.seen).toEqual([]);
});

test.each(["init", "a Request"])(
  "rejects with the reason when the signal in %s aborts before the answer, and ends the request",
  async (where) => {
    const { signal, abort } = createAbort();
    const asked = once(server, "request");
    const answer =
      where === "init"
        ? egressFetch(`${origin}/silent`, { signal })
        : egressFetch(new Request(`${origin}/silent`, { signal }));
    await asked;
    const gone = once(server, "gone");
    abort();
    await expect(answer).rejects.toBe(REASON);
    expect(await gone).toEqual(["/silent"]);
  },
);

test("ends a body that is being read when the signal aborts", async () => {
  const { signal, abort } = createAbort();
  const response = await egressFetch(`${origin}/endless`, { signal });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  const gone = once(server, "gone");
  abort();
  await expect(reader.read()).rejects.toBe(REASON);
  expect(await gone).toEqual(["/endless"]);
});

test("rejects when the signal aborts after a redirect", async () => {
  const { signal, abort } = createAbort();
  const answer = egressFetch(`${origin}/away`, { signal });
  for (let path = ""; path !== "/silent"; ) path = (await once(server, "request"))[0].url;
  abort();
  await expect(answer).rejects.toBe(REASON);
});

test("lets init take a Request's signal away", async () => {
  const request = new Request(`${origin}/endless`, { signal: AbortSignal.abort() });
  const response = await egressFetch(request, { signal: null });
  expect(response.status).toBe(200);
  await response.body?.cancel();
});

test("ends the request when the caller cancels the body", async () => {
  const response = await egressFetch(`${origin}/endless`);
  const gone = once(server, "gone");
  await response.body?.cancel();
  expect(await gone).toEqual(["/endless"]);
});

function createAbort() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(REASON) };
}

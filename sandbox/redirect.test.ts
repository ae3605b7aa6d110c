import { afterAll, beforeAll, expect, test } from "vitest";
import { createEgressFetch } from "./egress-fetch.js";
import { type Egress, startEgress, TOKEN } from "./testing/egress.ts";
import { type SeenRequest, startUpstream, type Upstream } from "./testing/upstream.ts";

let egress: Egress;
let first: Upstream;
let second: Upstream;
let egressFetch: typeof fetch;

beforeAll(async () => {
  [egress, first, second] = await Promise.all([startEgress(), startUpstream(), startUpstream()]);
  egressFetch = createEgressFetch({ egressUrl: egress.url, token: TOKEN });
});

afterAll(() => Promise.all([egress.close(), first.close(), second.close()]));

function redirectTo(to: string, status = 302): string {
  return `${first.origin}/redirect?status=${status}&to=${encodeURIComponent(to)}`;
}

type Seen = {
  outcome: unknown;
  upstreams: SeenRequest[];
};

/** What a caller and the upstreams see when a request is sent. */
async function observe(
  send: typeof fetch,
  url: string,
  makeInit: () => RequestInit,
): Promise<Seen> {
  first.seen.length = 0;
  second.seen.length = 0;
  const outcome = await send(url, makeInit()).then(
    async (response) => ({
      status: response.status,
      url: response.url,
      redirected: response.redirected,
      // Absolute, as the egress makes it so.
      location: URL.parse(response.headers.get("Location") ?? "", response.url)?.href,
      body: await response.text(),
    }),
    (error: Error) => error.constructor.name,
  );
  return { outcome, upstreams: [...first.seen, ...second.seen] };
}

/** Asserts that the egress's fetch does what the real one does, and gives what that was. */
async function expectAsReal(url: string, makeInit: () => RequestInit = () => ({})): Promise<Seen> {
  const real = await observe(fetch, url, makeInit);
  const ours = await observe(egressFetch, url, makeInit);
  expect(ours).toEqual(real);
  return ours;
}

const HEADERS = {
  Authorization: "Bearer dtn_secret_x",
  Cookie: "a=b",
  "Content-Language": "en",
  "X-Api-Key": "dtn_secret_y",
};

const STATUSES = [300, 301, 302, 303, 304, 307, 308];
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"];

test.each(STATUSES.flatMap((status) => METHODS.map((method) => ({ status, method }))))(
  "follows $status after $method as the real fetch does, to the same origin and to another",
  async ({ status, method }) => {
    const hasBody = method === "POST" || method === "PUT";
    const makeInit = () => ({ method, headers: HEADERS, ...(hasBody ? { body: "text" } : {}) });
    await expectAsReal(redirectTo("/echo?here", status), makeInit);
    await expectAsReal(redirectTo(`${second.origin}/echo?there`, status), makeInit);
  },
);

test("keeps credentials on the way to the same origin and drops them on the way to another", async () => {
  const init = () => ({ headers: HEADERS });
  const same = await expectAsReal(redirectTo("/echo"), init);
  expect(same.upstreams.at(-1)?.headers).toMatchObject({ authorization: HEADERS.Authorization });
  const other = await expectAsReal(redirectTo(`${second.origin}/echo`), init);
  expect(other.upstreams.at(-1)?.headers).not.toHaveProperty("authorization");
  expect(other.upstreams.at(-1)?.headers).not.toHaveProperty("cookie");
  expect(other.upstreams.at(-1)?.headers).toHaveProperty("x-api-key");
});

test("does not give credentials back on the way home", async () => {
  const home = `${first.origin}/echo`;
  const away = `${second.origin}/redirect?status=302&to=${encodeURIComponent(home)}`;
  const seen = await expectAsReal(redirectTo(away), () => ({ headers: HEADERS }));
  expect(first.seen.map(({ url }) => url)).toContain("/echo");
  for (const { url, headers } of seen.upstreams) {
    if (url === "/echo") expect(headers).not.toHaveProperty("authorization");
  }
});

test("hands the redirect to the caller under the real URL where the mode is manual", async () => {
  const url = redirectTo(`${second.origin}/echo?a#b`);
  const { outcome } = await expectAsReal(url, () => ({ redirect: "manual" }));
  expect(outcome).toMatchObject({ status: 302, redirected: false });
});

test("resolves a relative Location for the caller of a manual redirect", async () => {
  const response = await egressFetch(redirectTo("../up?x"), { redirect: "manual" });
  expect(response.headers.get("Location")).toBe(`${first.origin}/up?x`);
});

test("rejects a redirect with a TypeError where the mode is error", async () => {
  const { outcome, upstreams } = await expectAsReal(redirectTo("/echo"), () => ({
    redirect: "error",
  }));
  expect(outcome).toBe("TypeError");
  expect(upstreams).toHaveLength(1);
});

test("takes the mode of a Request, and lets init override it", async () => {
  const request = () => new Request(redirectTo("/echo"), { redirect: "manual" });
  expect((await egressFetch(request())).status).toBe(302);
  expect((await egressFetch(request(), { redirect: "follow" })).status).toBe(200);
});

test("follows twenty redirects and no more", async () => {
  const chain = await startChain();
  try {
    await expectAsReal(`${chain.origin}/20`);
    const { outcome } = await expectAsReal(`${chain.origin}/21`);
    expect(outcome).toBe("TypeError");
  } finally {
    await chain.close();
  }
});

test.each(["data:text/plain,x", "ftp://a.example/", "http://[", "about:blank"])(
  "rejects a redirect to %s as the real fetch does",
  async (to) => {
    const { outcome } = await expectAsReal(redirectTo(to));
    expect(outcome).toBe("TypeError");
  },
);

test("sends texts, forms and blobs again, and rejects where a stream would be needed twice", async () => {
  const url = redirectTo(`${second.origin}/echo`, 307);
  const bodies: (() => RequestInit["body"])[] = [
    () => "text",
    () => new Blob(["blob"], { type: "text/x-blob" }),
    () => new URLSearchParams({ a: "b c" }),
  ];
  for (const makeBody of bodies) {
    const { upstreams } = await expectAsReal(url, () => ({
      method: "POST",
      body: makeBody() ?? null,
    }));
    expect(upstreams).toHaveLength(2);
    expect(upstreams[0]?.body).toBe(upstreams[1]?.body);
  }
  const makeStream = () => ({
    method: "POST",
    body: new Blob(["stream"]).stream(),
    duplex: "half" as const,
  });
  const { outcome, upstreams } = await expectAsReal(url, makeStream);
  expect(outcome).toBe("TypeError");
  expect(upstreams).toHaveLength(1);
  expect((await expectAsReal(redirectTo("/echo", 303), makeStream)).outcome).toMatchObject({
    status: 200,
  });
});

test("sends bytes again", async () => {
  // Not compared: Node's own fetch, against the standard, rejects here.
  const body = new TextEncoder().encode("bytes");
  const response = await egressFetch(redirectTo("/echo", 307), { method: "POST", body });
  expect(((await response.json()) as SeenRequest).body).toBe("bytes");
});

test("sends a form again with the boundary that its Content-Type names", async () => {
  const body = new FormData();
  body.set("file", new Blob(["content"]), "name.txt");
  const response = await egressFetch(redirectTo("/echo", 308), { method: "POST", body });
  const { headers, body: sent } = (await response.json()) as SeenRequest;
  const parsed = await new Response(sent, {
    headers: { "Content-Type": String(headers["content-type"]) },
  }).formData();
  expect(await (parsed.get("file") as File).text()).toBe("content");
});

test("stays inside the egress at every hop", async () => {
  egress.seen.length = 0;
  await egressFetch(redirectTo(`${second.origin}/echo`));
  expect(egress.seen).toHaveLength(2);
  expect(egress.seen[1]).toBe(`GET /forward/http/${second.host}/echo`);
});

test("does not take a redirect to the egress for one inside it", async () => {
  egress.seen.length = 0;
  const outside = `${egress.url}/forward/http/${second.host}/echo`;
  const response = await egressFetch(redirectTo(outside));
  const own = new URL(egress.url).host;
  expect(egress.seen[1]).toBe(`GET /forward/http/${own}/forward/http/${second.host}/echo`);
  expect(response.status).toBe(403);
});

function startChain(): Promise<Upstream> {
  return startUpstream((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left > 0) response.writeHead(302, { Location: `/${left - 1}` });
    response.end();
  });
}

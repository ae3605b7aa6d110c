import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createEgressFetch } from "./egress-fetch.js";
import { type Egress, startEgress, TOKEN } from "./testing/egress.ts";
import { type SeenRequest, startUpstream, type Upstream } from "./testing/upstream.ts";

let egress: Egress;
let upstream: Upstream;
let egressFetch: typeof fetch;

beforeAll(async () => {
  [egress, upstream] = await Promise.all([startEgress(), startUpstream()]);
  egressFetch = createEgressFetch({ egressUrl: egress.url, token: TOKEN });
});

afterEach(() => {
  egress.seen.length = 0;
  upstream.seen.length = 0;
});

afterAll(() => Promise.all([egress.close(), upstream.close()]));

/** What the upstream saw, with the real fetch and with the egress's. */
async function seeBoth(makeInput: () => Parameters<typeof fetch>) {
  const read = async (send: typeof fetch) =>
    (await (await send(...makeInput())).json()) as SeenRequest;
  return { real: await read(fetch), ours: await read(egressFetch) };
}

/** The URL under which the egress is asked for a target. */
async function readRoute(target: string): Promise<string> {
  let route = "";
  const send = createEgressFetch({
    egressUrl: egress.url,
    token: TOKEN,
    fetch: async (input, init) => {
      route = new Request(input, init).url;
      return new Response();
    },
  });
  await send(target);
  return route;
}

test("asks the egress for https://api.example.com/v1?x by its forwarding route", async () => {
  const response = await egressFetch("https://api.example.refused/v1?x");
  expect(egress.seen).toEqual(["GET /forward/https/api.example.refused/v1?x"]);
  expect(response.url).toBe("https://api.example.refused/v1?x");
});

test("sends any path and query by the route just as the real fetch would send them", async () => {
  const unit = fc.constantFrom(..."aA0 /.?&=%+#;:@'\"<>\\{}|^`~[]é\t\0".split(""), "😀", "%2e");
  await fc.assert(
    fc.asyncProperty(fc.string({ unit }), async (rest) => {
      const target = `https://api.example:8443/${rest}`;
      const { pathname, search } = new URL(target);
      const route = `${egress.url}/forward/https/api.example:8443${pathname}${search}`;
      expect(await readRoute(target)).toBe(route);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["https://api.example.com", "https/api.example.com/"],
  ["https://api.example.com:443/", "https/api.example.com/"],
  ["http://API.Example.com:80/A", "http/api.example.com/A"],
  ["http://[::1]:8080/?", "http/[::1]:8080/"],
  ["https://bücher.example/ü", "https/xn--bcher-kva.example/%C3%BC"],
])("writes the route of %s", async (target, route) => {
  expect(await readRoute(target)).toBe(`${egress.url}/forward/${route}`);
});

test("takes an egress below a path, with or without a slash at its end", async () => {
  for (const egressUrl of [`${egress.url}/below`, `${egress.url}/below/`]) {
    egress.seen.length = 0;
    await createEgressFetch({ egressUrl, token: TOKEN })(upstream.origin).catch(() => null);
    expect(egress.seen).toEqual([`GET /below/forward/http/${upstream.host}/`]);
  }
});

test("takes strings, URLs and Requests, and init overrides what a Request says", async () => {
  const url = `${upstream.origin}/echo`;
  const request = () =>
    new Request(url, { method: "POST", body: "request", headers: { "X-A": "1", "X-B": "2" } });
  const cases: (() => Parameters<typeof fetch>)[] = [
    () => [url],
    () => [new URL(url)],
    () => [request()],
    () => [request(), { headers: { "X-A": "3" } }],
    () => [request(), { method: "PUT", body: "init" }],
    () => [request(), { body: new URLSearchParams({ a: "ü" }), headers: {} }],
    () => [url, request()],
    () => [new Request(request(), { headers: { "X-C": "4" } })],
    () => [new Request(url, { method: "POST", body: new Blob(["b"], { type: "a/b" }) })],
    () => [url, { method: "post", body: "lower" }],
    () => [url, { method: "POST" }],
    () => [url, { cache: "no-store", headers: [["Content-Type", "x/y"]] }],
  ];
  for (const makeInput of cases) {
    const { real, ours } = await seeBoth(makeInput);
    expect(ours).toEqual(real);
  }
});

test("gives a response that speaks of the real target, and so do its clones", async () => {
  const url = `${upstream.origin}/echo#part`;
  const response = await egressFetch(url);
  for (const one of [response.clone().clone(), response]) {
    expect(one).toBeInstanceOf(Response);
    expect(one).toMatchObject({ url: `${upstream.origin}/echo`, redirected: false, status: 200 });
    expect(await one.json()).toMatchObject({ url: "/echo" });
  }
});

test("sends the token to the egress alone, whatever the caller's headers say", async () => {
  const response = await egressFetch(upstream.origin, {
    headers: { "Proxy-Authorization": "Bearer other" },
  });
  const { headers } = (await response.json()) as SeenRequest;
  expect(headers).not.toHaveProperty("proxy-authorization");
});

test("asks for the egress by its own name, in runtimes that let a caller set Host", async () => {
  let headers = new Headers();
  const send = createEgressFetch({
    egressUrl: egress.url,
    token: TOKEN,
    fetch: async (_, init) => {
      headers = new Headers(init?.headers);
      return new Response();
    },
  });
  await send(upstream.origin, { headers: { Host: "api.example.com", "X-A": "1" } });
  expect([...headers.keys()]).toEqual(["proxy-authorization", "x-a"]);
});

test("puts the token into the route where the runtime keeps Proxy-* headers for itself", async () => {
  const RealRequest = globalThis.Request;
  globalThis.Request = class extends RealRequest {
    constructor(...input: ConstructorParameters<typeof RealRequest>) {
      super(...input);
      this.headers.delete("Proxy-Authorization");
    }
  };
  try {
    const send = createEgressFetch({ egressUrl: egress.url, token: TOKEN });
    const to = encodeURIComponent("/echo");
    const response = await send(`${upstream.origin}/redirect?status=302&to=${to}`);
    expect(response.url).toBe(`${upstream.origin}/echo`);
    const root = `GET /token/${TOKEN}/forward/http/${upstream.host}`;
    expect(egress.seen).toEqual([`${root}/redirect?status=302&to=${to}`, `${root}/echo`]);
  } finally {
    globalThis.Request = RealRequest;
  }
});

test("leaves other schemes to the real fetch", async () => {
  expect(await (await egressFetch("data:text/plain,hello")).text()).toBe("hello");
  const blob = URL.createObjectURL(new Blob(["blob"]));
  expect(await (await egressFetch(blob)).text()).toBe("blob");
  URL.revokeObjectURL(blob);
  expect(egress.seen).toEqual([]);
});

test("leaves requests that go to the egress already as they are", async () => {
  const route = `/token/${TOKEN}/forward/http/${upstream.host}/echo`;
  const response = await egressFetch(egress.url + route);
  expect(egress.seen).toEqual([`GET ${route}`]);
  expect(response.url).toBe(egress.url + route);
});

test.each([
  ["/relative", {}],
  ["http://", {}],
  ["https://user:password@api.example.com/", {}],
  ["https://api.example.com/", { method: "GET", body: "no" }],
  ["https://api.example.com/", { headers: { "bad name": "x" } }],
  ["ftp://api.example.com/", {}],
] as [string, RequestInit][])("rejects %s with %j as the real fetch does", async (url, init) => {
  const real = await fetch(url, init).catch((error: Error) => error);
  const ours = await egressFetch(url, init).catch((error: Error) => error);
  expect(real).toBeInstanceOf(TypeError);
  expect(ours).toBeInstanceOf(TypeError);
  expect(egress.seen).toEqual([]);
});

test("gives a refusal of the egress as a response with Egret-Error", async () => {
  const response = await egressFetch("https://api.example.refused/");
  expect(response.status).toBe(403);
  expect(response.headers.get("Egret-Error")).toBe("NETWORK_BLOCKED");
});

test("rejects with the reason where the egress does not take the token", async () => {
  const send = createEgressFetch({ egressUrl: egress.url, token: "wrong" });
  const error = await send(upstream.origin).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TypeError);
  expect(String((error as Error).cause)).toContain("407");
  expect(upstream.seen).toEqual([]);
});

test("rejects in the same way where the runtime shows the 407", async () => {
  const refusal = new Response(null, { status: 407, headers: { "Egret-Error": "X" } });
  const send = createEgressFetch({
    egressUrl: egress.url,
    token: TOKEN,
    fetch: async () => refusal,
  });
  await expect(send("https://api.example.com/")).rejects.toThrow(TypeError);
});

test("passes on why the egress cannot be reached", async () => {
  const gone = await startEgress();
  await gone.close();
  const send = createEgressFetch({ egressUrl: gone.url, token: TOKEN });
  const error = await send("https://api.example.com/").catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ message: "fetch failed", cause: { code: "ECONNREFUSED" } });
});

test("rejects where the runtime hides redirects, instead of giving an empty answer", async () => {
  const hidden = Object.defineProperty(new Response(), "type", { value: "opaqueredirect" });
  const send = createEgressFetch({
    egressUrl: egress.url,
    token: TOKEN,
    fetch: async () => hidden,
  });
  await expect(send("https://api.example.com/")).rejects.toThrow(TypeError);
  expect(await send("https://api.example.com/", { redirect: "manual" })).toBe(hidden);
});

test("gives cookies with the path that the upstream meant", async () => {
  const baker = await startUpstream((_, response) => {
    response.setHeader("Set-Cookie", ["a=1; Path=/v1; Secure", "b=2"]);
    response.setHeader("Content-Location", "other");
    response.end();
  });
  try {
    const response = await egressFetch(`${baker.origin}/v1/x`);
    expect(response.headers.getSetCookie()).toEqual(["a=1; Secure; Path=/v1", "b=2; Path=/"]);
  } finally {
    await baker.close();
  }
});

test.each([
  { egressUrl: "egress.example", token: TOKEN },
  { egressUrl: "ftp://egress.example", token: TOKEN },
  { egressUrl: "https://user@egress.example", token: TOKEN },
  { egressUrl: "https://egress.example?x", token: TOKEN },
  { egressUrl: "https://egress.example", token: "" },
  { egressUrl: "https://egress.example", token: "a\nb" },
])("refuses the options $egressUrl and $token", (options) => {
  const name = options.token === TOKEN ? "egressUrl" : "token";
  expect(() => createEgressFetch(options)).toThrow(new RegExp(`^${name} must `));
});

import { describe, expect, test } from "vitest";
import { callEgress, createSandbox, EGRESS_URL, toForwardingPath } from "../testing/fixture.ts";
import { getSeen, planAnswer } from "../testing/upstream.ts";
import { type ClientRoute, keepOnRoute } from "./response-headers.ts";

const BASE = "https://egress.example/token/t/forward";

function rewrite(target: string, name: string, value: string): string[] {
  const { protocol, host } = new URL(target);
  const root = `/token/t/forward/${protocol.slice(0, -1)}/${host}`;
  const route: ClientRoute = { base: BASE, root, target };
  const headers = new Headers([[name, value]]);
  keepOnRoute(headers, route);
  return name === "Set-Cookie" ? headers.getSetCookie() : [headers.get(name) ?? ""];
}

describe("Location and Content-Location lead to the same route", () => {
  const target = "https://a.example:8443/v1/x?y=1";

  test.each([
    ["https://b.example/p?q=1#f", `${BASE}/https/b.example/p?q=1#f`],
    ["http://b.example:8080/", `${BASE}/http/b.example:8080/`],
    ["/root", `${BASE}/https/a.example:8443/root`],
    ["sibling", `${BASE}/https/a.example:8443/v1/sibling`],
    ["../up", `${BASE}/https/a.example:8443/up`],
    ["?z=2", `${BASE}/https/a.example:8443/v1/x?z=2`],
    ["//b.example/x", `${BASE}/https/b.example/x`],
    ["/\\b.example/x", `${BASE}/https/b.example/x`],
    ["\\\\b.example/x", `${BASE}/https/b.example/x`],
    ["HTTPS://B.EXAMPLE", `${BASE}/https/b.example/`],
    ["https:\tb.example", `${BASE}/https/a.example:8443/v1/b.example`],
    ["https://user:password@b.example/", `${BASE}/https/b.example/`],
    ["https://[::1]:80/", `${BASE}/https/[::1]:80/`],
    ["/%2F%2e%2e/", `${BASE}/https/a.example:8443/%2F%2e%2e/`],
    ["", `${BASE}/https/a.example:8443/v1/x?y=1`],
    ["/Zo\u00c3\u00ab", `${BASE}/https/a.example:8443/Zo%C3%AB`],
    ["/Zo\u00eb", `${BASE}/https/a.example:8443/Zo%C3%AB`],
    ["/\u6541", `${BASE}/https/a.example:8443/%E6%95%81`],
  ])("%j", (location, rewritten) => {
    expect(rewrite(target, "Location", location)).toEqual([rewritten]);
    expect(rewrite(target, "Content-Location", location)).toEqual([rewritten]);
  });

  test.each(["mailto:a@b.example", "data:text/plain,x", "app://callback", "https://"])(
    "%s is no hop that could be forwarded",
    (location) => {
      expect(rewrite(target, "Location", location)).toEqual([location]);
    },
  );
});

describe("cookies stay below the upstream's own path", () => {
  const root = "/token/t/forward/https/a.example";

  test.each([
    ["a=b", `a=b; Path=${root}/v1`],
    ["a=b; Path=/", `a=b; Path=${root}`],
    ["a=b; path=/x/; HttpOnly", `a=b; HttpOnly; Path=${root}/x/`],
    ["a=b; Path=/x; Path=/y", `a=b; Path=${root}/y`],
    ["a=b; Path=relative", `a=b; Path=${root}/v1`],
    ["a=b; Path=", `a=b; Path=${root}/v1`],
    ["a=b; Domain=.example.com; Secure", `a=b; Secure; Path=${root}`],
    ["a=b;DOMAIN=egress.example;\tdomain=x", `a=b; Path=${root}/v1`],
    ["a=b=c; Max-Age=1; SameSite=None", `a=b=c; Max-Age=1; SameSite=None; Path=${root}/v1`],
    ["", `; Path=${root}/v1`],
  ])("%j", (cookie, rewritten) => {
    const target = cookie.includes("Secure") ? "https://a.example/" : "https://a.example/v1/x";
    expect(rewrite(target, "Set-Cookie", cookie)).toEqual([rewritten]);
  });

  test("the whole stack: a cookie goes back to its upstream and to no other", async () => {
    const sandbox = await createSandbox();
    const urls = [`https://${sandbox.host}/login`, `https://other.${sandbox.host}/login`];
    for (const url of urls) {
      await planAnswer(url, {
        headers: [
          ["Set-Cookie", "session=1; Path=/; Domain=allowed.example"],
          ["Set-Cookie", "name=Zoe; Path=/deep"],
          ["Set-Cookie", "outside=Zo\u00c3\u00ab"],
          ["Link", '<https://a.example/?page=2>; rel="next"'],
        ],
      });
      const path = toForwardingPath(url);
      const answer = await callEgress(`/token/${sandbox.token}${path}`);
      const root = `/token/${sandbox.token}/forward/https/${new URL(url).host}`;
      expect(answer.headers.getSetCookie()).toEqual([
        `session=1; Path=${root}`,
        `name=Zoe; Path=${root}/deep`,
      ]);
      expect(answer.headers.get("Link")).toBe(
        `<${EGRESS_URL}/token/${sandbox.token}/forward/https/a.example/?page=2>; rel="next"`,
      );
    }
  });
});

describe("what is not ASCII, about which the runtime would log the header with the token in it", () => {
  test.each([
    ["Set-Cookie", "a=Zo\u00c3\u00ab"],
    ["Set-Cookie", "a=b; Comment=Zo\u00eb"],
    ["Link", '<https://a.example/>; title="Zo\u00c3\u00ab"'],
    ["Location", "app://Zo\u00c3\u00ab"],
  ])("%s: %j is left out", (name, value) => {
    expect(rewrite("https://a.example/", name, value).join("")).toBe("");
  });
});

describe("a redirect over the whole stack", () => {
  test.each([
    ["forward", ""],
    ["token", "/token"],
  ])("stays on the %s route, and its next hop is judged anew", async (_what, form) => {
    const sandbox = await createSandbox();
    const placeholder = sandbox.secrets[0]?.placeholder as string;
    const url = `https://${sandbox.host}/first`;
    const stranger = `https://${crypto.randomUUID()}.evil.example/second`;
    await planAnswer(url, { status: 307, headers: [["Location", stranger]] });
    const prefix = form === "" ? "" : `/token/${sandbox.token}`;
    const headers: Record<string, string> = { "X-Key": placeholder };
    if (form === "") headers["Proxy-Authorization"] = `Bearer ${sandbox.token}`;
    const answer = await callEgress(prefix + toForwardingPath(url), { headers });
    expect(answer.status).toBe(307);
    const location = answer.headers.get("Location") ?? "";
    expect(location).toBe(`${EGRESS_URL}${prefix}${toForwardingPath(stranger)}`);
    await callEgress(location.slice(EGRESS_URL.length), { headers });
    expect((await getSeen(stranger)).headers["x-key"]).toBe(placeholder);
  });
});

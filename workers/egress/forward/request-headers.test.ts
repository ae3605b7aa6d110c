import { describe, expect, test } from "vitest";
import { callEgress, createSandbox, toForwardingPath } from "../testing/fixture.ts";
import { getSeen } from "../testing/upstream.ts";

describe("headers that never go upstream", () => {
  const never: Record<string, string> = {
    "Proxy-Authorization": "Bearer other",
    "Proxy-Connection": "keep-alive",
    "Proxy-Whatever": "1",
    "Keep-Alive": "timeout=5",
    TE: "trailers",
    Trailer: "X-Sum",
    Upgrade: "h2c",
    Expect: "100-continue",
    "CF-Connecting-IP": "1.2.3.4",
    "CF-Ray": "1",
    "CF-Access-Client-Id": "1",
    "CDN-Loop": "cloudflare",
    "X-Forwarded-For": "1.2.3.4",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Whatever": "1",
    "X-Real-IP": "1.2.3.4",
    "True-Client-IP": "1.2.3.4",
  };

  test.each([
    ["may", [{}]],
    ["may not", []],
  ])(
    "of this hop, of the platform and of the client, where a value %s go",
    async (_what, secrets) => {
      const sandbox = await createSandbox({ secrets });
      await sandbox.callOutbound(`https://${sandbox.host}/`, {
        headers: { ...never, "X-Kept": "1" },
      });
      const { headers } = await getSeen(sandbox.host);
      const sent = Object.keys(never).filter((name) => name.toLowerCase() in headers);
      expect(sent).toEqual([]);
      expect(headers["x-kept"]).toBe("1");
    },
  );

  test("those that Connection names, in any case", async () => {
    const sandbox = await createSandbox();
    await sandbox.call(`https://${sandbox.host}/`, {
      headers: { Connection: "close, X-Hop ,x-other", "X-Hop": "1", "X-OTHER": "2", "X-Kept": "3" },
    });
    const { headers } = await getSeen(sandbox.host);
    expect(headers).not.toHaveProperty("x-hop");
    expect(headers).not.toHaveProperty("x-other");
    expect(headers["x-kept"]).toBe("3");
  });

  test("a header that holds the sandbox token, such as the Referer of a client on the route", async () => {
    const sandbox = await createSandbox();
    const url = `https://${sandbox.host}/next`;
    const path = `/token/${sandbox.token}${toForwardingPath(url)}`;
    const referer = `https://egress.test/token/${sandbox.token}/forward/https/a.example/`;
    await callEgress(path, { headers: { Referer: referer, "X-Kept": "1" } });
    const { headers } = await getSeen(sandbox.host);
    expect(headers).not.toHaveProperty("referer");
    expect(headers["x-kept"]).toBe("1");
  });
});

describe("headers that go upstream as they came", () => {
  test("names, values and order of values, without what nobody asked for", async () => {
    const sandbox = await createSandbox();
    const sent = {
      accept: "text/html;q=0.9, */*",
      "cache-control": "max-age=0",
      cookie: "a=b; c=d",
      "if-none-match": '"x", W/"y"',
      origin: "https://app.example",
      referer: "https://app.example/",
      "user-agent": "test/1.0",
      via: "1.1 somewhere",
    };
    await sandbox.call(`https://${sandbox.host}/`, { headers: sent });
    const { headers } = await getSeen(sandbox.host);
    const { "cf-worker": _platform, pragma: _pragma, ...others } = headers;
    expect(others).toEqual({ ...sent, "accept-encoding": "identity" });
  });

  test("the Host is the target's, whatever else the client says", async () => {
    const sandbox = await createSandbox();
    await sandbox.call(`https://${sandbox.host}/`, {
      headers: { Host: "evil.example", Forwarded: "host=evil.example" },
    });
    const seen = await getSeen(sandbox.host);
    expect(seen.url.host).toBe(sandbox.host);
    expect(seen.headers["host"] ?? sandbox.host).toBe(sandbox.host);
  });

  test.each([
    ["gzip, deflate, br, zstd", "gzip, br"],
    ["zstd", "identity"],
    ["GZIP;q=0.5, identity;q=0", "GZIP;q=0.5, identity;q=0"],
    ["*", "identity"],
  ])("Accept-Encoding %s becomes %s, as only that can be searched", async (accepted, sent) => {
    const sandbox = await createSandbox();
    await sandbox.call(`https://${sandbox.host}/`, { headers: { "Accept-Encoding": accepted } });
    expect((await getSeen(sandbox.host)).headers["accept-encoding"]).toBe(sent);
  });

  test("Accept-Encoding is left alone where nothing is searched", async () => {
    const sandbox = await createSandbox({ secrets: [] });
    await sandbox.call(`https://${sandbox.host}/`, { headers: { "Accept-Encoding": "zstd, *" } });
    expect((await getSeen(sandbox.host)).headers["accept-encoding"]).toBe("zstd, *");
  });
});

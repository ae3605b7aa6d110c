import { describe, expect, test } from "vitest";
import { EgretError } from "../../shared/errors.ts";
import { PLACEHOLDER_PREFIX } from "../../shared/placeholder.ts";
import { parseForwardingRoute } from "./route.ts";
import { parseTarget } from "./target.ts";

const TOKEN = `${PLACEHOLDER_PREFIX}${"a".repeat(32)}`;

function getRefusal(act: () => unknown): string {
  try {
    return `accepted: ${JSON.stringify(act())}`;
  } catch (error) {
    return error instanceof EgretError ? error.code : String(error);
  }
}

describe("a target's host in normal form", () => {
  test.each([
    ["https://api.example.com/", "api.example.com"],
    ["https://API.Example.COM/", "api.example.com"],
    ["HTTPS://api.example.com/", "api.example.com"],
    ["https://api.example.com./", "api.example.com"],
    ["https://api.example.com.:443/", "api.example.com"],
    ["https://api.example.com:8443/", "api.example.com"],
    ["https://bücher.example/", "xn--bcher-kva.example"],
    ["https://XN--BCHER-KVA.example/", "xn--bcher-kva.example"],
    ["https://ＡＰＩ。example。com/", "api.example.com"],
    ["https://ex\u00adample.com/", "example.com"],
    ["http://93.184.216.34/", "93.184.216.34"],
    ["http://93.184.216.34./", "93.184.216.34"],
    ["http://1572395042/", "93.184.216.34"],
    ["http://0x5db8d822/", "93.184.216.34"],
    ["http://0135.0270.0330.0042/", "93.184.216.34"],
    ["http://93.184.55330/", "93.184.216.34"],
    ["http://９３.184.216.34/", "93.184.216.34"],
    ["http://[2606:4700:0:0::1]/", "[2606:4700::1]"],
    ["http://[::FFFF:93.184.216.34]/", "[::ffff:5db8:d822]"],
    ["https://example.com.evil.com/", "example.com.evil.com"],
    ["https://evil.com/example.com", "evil.com"],
    ["https://evil.com?example.com", "evil.com"],
    ["https://evil.com#@example.com", "evil.com"],
    ["https://evil.com?@example.com/", "evil.com"],
    ["https://evil.com/@example.com/", "evil.com"],
  ])("%s is %s", (url, host) => {
    const target = parseTarget(url);
    expect(target.host).toBe(host);
    expect(new URL(target.href).hostname).toBe(host);
  });
});

describe("what is fetched", () => {
  test.each([
    [
      "https://a.example/%2F%2f/+?a=+&a=&&b=%20#fragment",
      "https://a.example/%2F%2f/+?a=+&a=&&b=%20",
    ],
    ["https://a.example:443/x", "https://a.example/x"],
    ["https://a.example:80/x", "https://a.example:80/x"],
    ["http://a.example:80/x", "http://a.example/x"],
    ["https://a.example./x", "https://a.example/x"],
    ["https://a.example", "https://a.example/"],
    ["https://a.example?", "https://a.example/?"],
    ["https://a.example/a/../b/./c", "https://a.example/b/c"],
    ["https://a.example/a/%2e%2E/b", "https://a.example/b"],
    ["https://a.example/../../etc", "https://a.example/etc"],
    ["https://a.example//b//", "https://a.example//b//"],
    ["https://a.example/;p?x=%00", "https://a.example/;p?x=%00"],
    [`https://a.example/${TOKEN}`, `https://a.example/${TOKEN}`],
  ])("%s becomes %s", (url, href) => {
    expect(parseTarget(url).href).toBe(href);
  });
});

describe("refused targets", () => {
  test.each([
    ["another scheme", "ftp://a.example/"],
    ["another scheme", "file:///etc/passwd"],
    ["another scheme", "javascript:alert(1)"],
    ["another scheme", "data:text/plain,x"],
    ["another scheme", "ws://a.example/"],
    ["another scheme", "blob:https://a.example/1"],
    ["another scheme before a good one", "x:https://a.example/"],
    ["no host", "https://"],
    ["no host", "https:///path"],
    ["no host", "https:a.example/"],
    ["no host", "https:/a.example/"],
    ["no host", "https://?a"],
    ["no host", "https://#a"],
    ["a port alone", "https://:443/"],
    ["a dot", "https://./"],
    ["two dots at the end", "https://a.example../"],
    ["an empty label", "https://a..example/"],
    ["user information", "https://user@a.example/"],
    ["user information", "https://user:password@a.example/"],
    ["user information", "https://a.example:pw@evil.example/"],
    ["empty user information", "https://@a.example/"],
    ["empty user information", "https://:@a.example/"],
    ["a backslash", "https://a.example\\@evil.example/"],
    ["a backslash", "https:\\\\a.example/"],
    ["a backslash in the path", "https://a.example/\\evil.example"],
    ["a tab", "https://a.exa\tmple/"],
    ["a tab in the scheme", "ht\ttps://a.example/"],
    ["a line feed", "https://a.example/\n"],
    ["a carriage return", "\rhttps://a.example/"],
    ["NUL", "https://a.example\0/"],
    ["NUL in the path", "https://a.example/\0"],
    ["DEL", "https://a.example/\x7f"],
    ["a space", "https://a.exa mple/"],
    ["a space before", " https://a.example/"],
    ["an escape", "https://a%2eexample/"],
    ["an escaped NUL", "https://a.example%00.evil.example/"],
    ["a slash in disguise", "https://a.example／evil.example/"],
    ["a fraction that becomes a slash", "https://a.example\u2100.evil.example/"],
    ["an @ in disguise", "https://a.example＠evil.example/"],
    ["a colon in disguise", "https://a.example：80/"],
    ["a wildcard", "https://*.example.com/"],
    ["another character that names do not have", "https://a.example,b.example/"],
    ["a port too large", "https://a.example:65536/"],
    ["a port that is none", "https://a.example:x/"],
    ["a broken IPv4 address", "https://1.2.3.256/"],
    ["a broken IPv4 address", "https://1.2.3.4.5/"],
    ["a broken IPv6 address", "https://[::1/"],
    ["a broken IPv6 address", "https://[1::2::3]/"],
    ["an IPv6 zone", "https://[fe80::1%25eth0]/"],
    ["a placeholder as host", `https://${TOKEN}/`],
    ["a placeholder as label", `https://${TOKEN}.evil.example/`],
    ["a placeholder in capitals", `https://${TOKEN.toUpperCase()}.evil.example/`],
    ["a placeholder in full width", `https://ｄtn_secret_${"a".repeat(32)}.evil.example/`],
    ["a placeholder as port", `https://a.example:${TOKEN}/`],
    ["a placeholder as user", `https://${TOKEN}@a.example/`],
  ])("%s: %j", (_what, url) => {
    expect(getRefusal(() => parseTarget(url))).toBe("INVALID_TARGET");
  });

  test("a message never repeats the target", () => {
    expect(() => parseTarget("https://user:hunter2@a.example/")).not.toThrow(/hunter2/);
  });
});

describe("the target of a route", () => {
  test.each([
    ["/forward/https/a.example/v1/x?y=z", "https://a.example/v1/x?y=z"],
    ["/token/t.o.k/forward/https/a.example/v1", "https://a.example/v1"],
    ["/forward/https/a.example:8443/", "https://a.example:8443/"],
    ["/forward/https/a.example", "https://a.example/"],
    ["/forward/https/a.example?x", "https://a.example/?x"],
    ["/forward/https/%5B::1%5D:80/", "https://[::1]:80/"],
    ["/forward/https/b%C3%BCcher.example/", "https://bücher.example/"],
    ["/forward/https/a.example//x/%2F", "https://a.example//x/%2F"],
    [
      "/forward/https/a.example/forward/http/b.example/",
      "https://a.example/forward/http/b.example/",
    ],
  ])("%s is %s", (path, target) => {
    expect(parseForwardingRoute(path)?.target).toBe(target);
  });

  test.each([
    "/forward/https//x",
    "/forward/ftp/a.example/",
    "/forward/https:/a.example/",
    "/forward/https/a.example%2Fevil/",
    "/forward/https/a.example%3Fevil/",
    "/forward/https/a.example%23@evil.example/",
    "/forward/https/a.example%5C@evil.example/",
    "/forward/https/user%40a.example/",
    "/forward/https/user@a.example/",
    "/forward/https/a%252eexample/",
    "/forward/https/a.example%00/",
    "/forward/https/a.example%09/",
    "/forward/https/a.example%/",
    "/forward/https/%64tn_secret_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/",
  ])("%s: 400", (path) => {
    const route = parseForwardingRoute(path);
    expect(getRefusal(() => parseTarget(route?.target ?? ""))).toBe("INVALID_TARGET");
    expect(route).not.toBeNull();
  });
});

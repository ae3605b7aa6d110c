import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isIpLiteral,
  matchesAnyHostPattern,
  matchesHostPattern,
  normalizeHost,
  parseHostPattern,
} from "./host-pattern.ts";

/** The host of a URL as the egress compares it. */
function readHost(authority: string): string {
  return normalizeHost(new URL(`https://${authority}/`).hostname);
}

describe("parseHostPattern", () => {
  test.each([
    ["example.com", "example.com"],
    ["EXAMPLE.Com", "example.com"],
    ["*.Example.COM", "*.example.com"],
    ["*", "*"],
    ["localhost", "localhost"],
    ["_service.example.com", "_service.example.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["*.BÜCHER.example", "*.xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["例え.jp", "xn--r8jz45g.jp"],
    ["example。com", "example.com"],
    ["192.0.2.1", "192.0.2.1"],
    ["[2001:DB8:0:0::1]", "[2001:db8::1]"],
    ["2001:db8::1", "[2001:db8::1]"],
    ["::1", "[::1]"],
    ["[::ffff:192.0.2.1]", "[::ffff:c000:201]"],
  ])("gives %s the normal form %s", (entry, expected) => {
    expect(parseHostPattern(entry)).toBe(expected);
  });

  test.each([
    ["", "the host is empty"],
    ["*.", "the host is empty"],
    ["https://example.com", "a host has no scheme"],
    ["example.com/", "a host has no path, query, escape or space"],
    ["example.com/path", "a host has no path, query, escape or space"],
    ["example.com?q", "a host has no path, query, escape or space"],
    ["example.com#f", "a host has no path, query, escape or space"],
    ["example.com\\x", "a host has no path, query, escape or space"],
    ["exa%6dple.com", "a host has no path, query, escape or space"],
    [" example.com", "a host has no path, query, escape or space"],
    ["example.com\n", "a host has no path, query, escape or space"],
    ["exam\tple.com", "a host has no path, query, escape or space"],
    ["user@example.com", "a host has no user information"],
    ["example.com:443", "a host has no port"],
    ["example.com:", "a host has no port"],
    ["[::1]:443", "a host has no port"],
    ["*:443", "`*` may only stand alone or as the first label"],
    ["**", "`*` may only stand alone or as the first label"],
    ["*.*", "`*` may only stand alone or as the first label"],
    ["*.*.example.com", "`*` may only stand alone or as the first label"],
    ["*example.com", "`*` may only stand alone or as the first label"],
    ["api.*.example.com", "`*` may only stand alone or as the first label"],
    ["example.*", "`*` may only stand alone or as the first label"],
    ["＊", "`*` may only stand alone or as the first label"],
    ["＊.example.com", "`*` may only stand alone or as the first label"],
    ["*.＊.example.com", "`*` may only stand alone or as the first label"],
    ["example.com.", "the host has an empty label"],
    [".example.com", "the host has an empty label"],
    ["a..example.com", "the host has an empty label"],
    ["*..example.com", "the host has an empty label"],
    ["example。。com", "the host has an empty label"],
    ["*.192.0.2.1", "a wildcard cannot stand before an IP address"],
    ["*.[::1]", "a wildcard cannot stand before an IP address"],
    ["*.::1", "a wildcard cannot stand before an IP address"],
    ["127.1", "an IPv4 address is written as four decimal numbers"],
    ["2130706433", "an IPv4 address is written as four decimal numbers"],
    ["0x7f.0.0.1", "an IPv4 address is written as four decimal numbers"],
    ["0177.0.0.1", "an IPv4 address is written as four decimal numbers"],
    ["１２７.0.0.1", "an IPv4 address is written as four decimal numbers"],
    ["*.1", "an IPv4 address is written as four decimal numbers"],
    ["256.1.1.1", "this is not a host name"],
    ["1.2.3.4.5", "this is not a host name"],
    ["[", "this is not a host name"],
    ["a:b", "this is not a host name"],
    ["a<b", "this is not a host name"],
    ["a\0b", "this is not a host name"],
    ["xn--a", "this is not a host name"],
    [`${"a".repeat(63)}.`.repeat(4), "the host is longer than 253 characters"],
    ["ü".repeat(250), "the host is longer than 253 characters"],
  ])("refuses %j: %s", (entry, message) => {
    expect(() => parseHostPattern(entry)).toThrow(new TypeError(message));
  });

  test("gives a form that it gives again, or refuses with a TypeError that repeats no entry", () => {
    const entries = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.domain(),
      fc.ipV4(),
      fc.ipV6(),
      fc
        .array(
          fc.constantFrom("*", ".", "a", "ex", "com", ":", "1", "[", "]", "＊", "。", "ü", "@"),
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(entries, (entry) => {
        let pattern: string;
        try {
          pattern = parseHostPattern(entry);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          if (entry.length > 12) expect((error as TypeError).message).not.toContain(entry);
          return;
        }
        expect(parseHostPattern(pattern)).toBe(pattern);
        expect(pattern.slice(1)).not.toContain("*");
        expect(pattern.startsWith("*")).toBe(entry.startsWith("*"));
        if (pattern !== "*" && !pattern.startsWith("*.")) {
          expect(readHost(pattern)).toBe(pattern);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("matchesHostPattern", () => {
  test.each([
    ["example.com", "example.com"],
    ["example.com", "EXAMPLE.com"],
    ["example.com", "example.com."],
    ["example.com", "example.com:8443"],
    ["*.example.com", "example.com"],
    ["*.example.com", "api.example.com"],
    ["*.example.com", "a.b.c.EXAMPLE.com."],
    ["*.bücher.example", "api.xn--bcher-kva.example"],
    ["bücher.example", "b%C3%BCcher.example"],
    ["127.0.0.1", "2130706433"],
    ["127.0.0.1", "0x7f.1"],
    ["::1", "[0:0:0:0:0:0:0:1]"],
    ["*", "anything.example"],
    ["*", "127.0.0.1"],
  ])("%s allows %s", (entry, authority) => {
    expect(matchesHostPattern(parseHostPattern(entry), readHost(authority))).toBe(true);
  });

  test.each([
    ["example.com", "api.example.com"],
    ["example.com", "example.com.evil.com"],
    ["example.com", "evil-example.com"],
    ["example.com", "example.co"],
    ["example.com", "xexample.com"],
    ["*.example.com", "evil-example.com"],
    ["*.example.com", "evilexample.com"],
    ["*.example.com", "example.com.evil.com"],
    ["*.example.com", "com"],
    ["*.example.com", "example.org"],
    ["api.example.com", "example.com"],
    ["example.com", "examp1e.com"],
    ["example.com", "еxample.com"],
    ["127.0.0.1", "[::ffff:127.0.0.1]"],
    ["localhost", "127.0.0.1"],
    ["*.com", "192.0.2.1"],
  ])("%s does not allow %s", (entry, authority) => {
    expect(matchesHostPattern(parseHostPattern(entry), readHost(authority))).toBe(false);
  });

  test("a wildcard allows exactly the base and what ends in a dot and the base", () => {
    const label = fc.stringMatching(/^[a-c]{1,2}$/);
    const names = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
    fc.assert(
      fc.property(names, names, (base, host) => {
        const isBelow = `.${host}`.endsWith(`.${base}`);
        expect(matchesHostPattern(`*.${base}`, host)).toBe(isBelow);
        expect(matchesHostPattern(base, host)).toBe(base === host);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("matchesAnyHostPattern", () => {
  test("an empty list allows no host", () => {
    expect(matchesAnyHostPattern([], "example.com")).toBe(false);
  });

  test("one matching pattern is enough", () => {
    expect(matchesAnyHostPattern(["a.example", "*.b.example"], "x.b.example")).toBe(true);
    expect(matchesAnyHostPattern(["a.example", "*.b.example"], "c.example")).toBe(false);
  });
});

describe("isIpLiteral", () => {
  test("knows addresses in normal form from names", () => {
    for (const host of ["127.0.0.1", "[::1]"]) expect(isIpLiteral(host)).toBe(true);
    for (const host of ["example.com", "1.2.3.4.example", "a.1.2.3"]) {
      expect(isIpLiteral(host)).toBe(false);
    }
  });
});

describe("normalizeHost", () => {
  test("drops one trailing dot", () => {
    expect(normalizeHost("example.com.")).toBe("example.com");
    expect(normalizeHost("example.com")).toBe("example.com");
    expect(normalizeHost("example.com..")).toBe("example.com.");
  });
});

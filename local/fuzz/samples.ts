/** Texts that have broken a parser, a database or a page somewhere; one character is one byte. */
export const ODD_TEXTS = [
  ...["", " ", "\0", "\x01", "\x7f", "\xff\xfe", "\xed\xa0\x80", "\xf0\x9f\x98\x80", "\xc0\x80"],
  ...["__proto__", "constructor", "null", "undefined", "NaN", "true", "-1", "1e400", "0x10"],
  ...["' or 1=1 --", '"', "\\", "%", "%00", "%0d%0a", "%ED%A0%80", "%s", "..", "a=b", "*", "*.a"],
  ...["[::1]", "127.0.0.1", "a.example.com:99999", "user@a.example.com", "xn--", "\t", "a b"],
  ...["{}", "[]", '{"a":"b"}', "[[[[", "{", "a".repeat(300), "9".repeat(400), "a".repeat(20_000)],
  ...["2026-01-02T03:04:05Z", "9999-12-31T23:59:59-23:59", "owner", "manage:secrets"],
];

/** Without CONNECT, which makes a tunnel of a connection and reaches no Worker. */
export const METHODS = [
  ...["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "PURGE"],
  ...["get", "FOO", "G\xcbT", "M".repeat(300)],
];

export const CONTENT_TYPES = [
  ...["application/json", "application/json; charset=utf-16", "text/plain", "", "\xff", "a/b/c"],
  ...["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/grpc"],
];

export const ODD_HEADERS: [name: string, value: string][] = [
  ["Content-Encoding", "gzip"],
  ["Content-Encoding", "br, gzip, x"],
  ["Accept-Encoding", "identity;q=0, *;q=0"],
  ["Accept", "\xff"],
  ["X-Daytona-Source", "sdk-java"],
  ["X-Daytona-Organization-ID", "another"],
  ["X-Daytona-Organization-ID", "\xff%00"],
  ["User-Agent", "\xf0\x9f\x98\x80".repeat(300)],
  ["Cookie", "a=".repeat(2000)],
  ["X-Long", "a".repeat(12_000)],
  ["Range", "bytes=9-1,-,0-"],
  ["If-None-Match", "*"],
  ["Expect", "100-continue"],
  ["Upgrade", "websocket"],
  ["Upgrade", "h2c"],
  ["Sec-WebSocket-Key", "x"],
  ["Forwarded", "for=::1;host=evil"],
  ["X-Forwarded-Host", "evil.example.com"],
  ["CF-Connecting-IP", "not an address"],
  ["CF-Worker", "x"],
  ["MF-Original-URL", "http://127.0.0.1:1/"],
  ["Proxy-Authorization", "Basic !!!"],
  ["Proxy-Authorization", "Bearer a.b.c"],
  ["Content-Type", "\x01"],
  ["Origin", "null"],
  ["TE", "trailers"],
  ["Priority", "u=9"],
];

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Tokens that nobody signed, or that are none. */
export const ODD_TOKENS = [
  ...["", "a", "a.b", "a.b.c", "..", "a.b.c.d.e", `dtn_${"0".repeat(64)}`, `dtn_${"0".repeat(63)}`],
  `${encode({ alg: "none" })}.${encode({ sub: "a", aud: "egress" })}.`,
  `${encode({ alg: "HS256", kid: "__proto__" })}.${encode({ sub: "a", exp: 9e9 })}.AAAA`,
  `${encode({ alg: "EdDSA", crit: ["x"], x: 1 })}.${encode([])}.AAAA`,
  `${encode({ alg: "EdDSA", jwk: {}, jku: "http://127.0.0.1:1/" })}.${encode({ exp: "x" })}.AAAA`,
  `${"[".repeat(5000)}.${"[".repeat(5000)}.a`,
];

import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import {
  createSandbox,
  createValue,
  type SecretSeed,
  type TestSandbox,
} from "./testing/fixture.ts";
import { getSeen, listSeen, type Seen } from "./testing/upstream.ts";

/** A value with everything that some place has to escape, but may stand in a header. */
const createHardValue = () => `${createValue()} "\\'&<>%2F/+=?#;,{}$&%s$1`;
/** A value that no header can hold. */
const createHardestValue = () => `${createHardValue()}\t\n\r\u2028é😀`;

async function createWith(value: string, seed: SecretSeed = {}) {
  const sandbox = await createSandbox({ secrets: [{ value, ...seed }] });
  const placeholder = sandbox.secrets[0]?.placeholder as string;
  return { sandbox, placeholder };
}

async function send(sandbox: TestSandbox, path: string, init?: RequestInit): Promise<Seen> {
  const answer = await sandbox.call(`https://${sandbox.host}${path}`, init);
  expect(answer.status, await answer.text()).toBe(200);
  return getSeen(sandbox.host);
}

describe("headers", () => {
  test("every occurrence, raw, several secrets in one value, several headers", async () => {
    const value = createHardValue();
    const sandbox = await createSandbox({ secrets: [{ value }, {}] });
    const [a, b] = sandbox.secrets;
    const { headers } = await send(sandbox, "/", {
      headers: {
        Authorization: `Bearer ${a?.placeholder}`,
        Cookie: `a=${a?.placeholder}; b=${b?.placeholder}; c=${a?.placeholder}`,
        "X-Api-Key": `<${b?.placeholder}${a?.placeholder}>`,
      },
    });
    expect(headers["authorization"]).toBe(`Bearer ${value}`);
    expect(headers["cookie"]).toBe(`a=${value}; b=${b?.value}; c=${value}`);
    expect(headers["x-api-key"]).toBe(`<${b?.value}${value}>`);
  });

  test.each([
    ["Basic with padding", "Basic", (text: string) => btoa(text)],
    ["Basic without padding", "basic", (text: string) => btoa(text).replaceAll("=", "")],
    ["Basic in base64url", "BASIC", (text: string) => Buffer.from(text).toString("base64url")],
  ])("%s: user and password are found and encoded again", async (_what, scheme, encode) => {
    const { sandbox, placeholder } = await createWith(createHardValue());
    const { headers } = await send(sandbox, "/", {
      headers: { Authorization: `${scheme} ${encode(`user:${placeholder}>>>???`)}` },
    });
    const [seenScheme, credentials = ""] = headers["authorization"]?.split(" ") ?? [];
    expect(seenScheme).toBe(scheme);
    const value = sandbox.secrets[0]?.value;
    expect(Buffer.from(credentials, "base64").toString()).toBe(`user:${value}>>>???`);
  });

  test.each(["Basic !!!", "Basic a", "Basic"])("%s stays as it is", async (authorization) => {
    const { sandbox } = await createWith(createValue());
    const { headers } = await send(sandbox, "/", { headers: { Authorization: authorization } });
    expect(headers["authorization"]).toBe(authorization);
  });

  test("names that carry no credential, and that servers echo or log, get none", async () => {
    const names = [
      "User-Agent",
      "Referer",
      "Origin",
      "Via",
      "Forwarded",
      "Accept",
      "Accept-Language",
      "Content-Type",
      "Content-Whatever",
      "Range",
      "If-None-Match",
      "Date",
      "Traceparent",
      "Tracestate",
      "X-Request-Id",
    ];
    const { sandbox, placeholder } = await createWith(createValue());
    const { headers } = await send(sandbox, "/", {
      headers: names.map((name): [string, string] => [name, placeholder]),
    });
    const kept = names.filter((name) => headers[name.toLowerCase()] === placeholder);
    expect(kept).toEqual(names);
  });

  test("header names are never searched", async () => {
    const { sandbox, placeholder } = await createWith(createValue());
    const { headers } = await send(sandbox, "/", { headers: { [placeholder]: "1" } });
    expect(headers[placeholder]).toBe("1");
  });

  test.each([
    ["a line feed", "\n"],
    ["a carriage return and header", "\r\nX-Injected: 1"],
    ["a character outside Latin-1", "€"],
    ["a character outside ASCII", "é"],
  ])("a value with %s: 422 that names the secret, and nothing is sent", async (_what, part) => {
    const { sandbox, placeholder } = await createWith(createValue() + part);
    const answer = await sandbox.call(`https://${sandbox.host}/`, {
      headers: { "X-Key": placeholder },
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get("Egret-Error")).toBe("SECRET_NOT_ENCODABLE");
    expect(await answer.text()).toContain(sandbox.secrets[0]?.name);
    expect(await listSeen(sandbox.host)).toEqual([]);
  });

  test("beside characters that the runtime would log with the value: 422", async () => {
    const { sandbox, placeholder } = await createWith(createValue());
    const answer = await sandbox.call(`https://${sandbox.host}/`, {
      headers: { "X-Key": `é ${placeholder}` },
    });
    expect(answer.status).toBe(422);
    expect(await listSeen(sandbox.host)).toEqual([]);
  });
});

describe("URL", () => {
  test("the path gets the value as one segment, the query as one parameter", async () => {
    const { sandbox, placeholder } = await createWith(createHardestValue());
    const { url } = await send(
      sandbox,
      `/a%2Fb/${placeholder}/c?x=+%20&key=${placeholder}&x=&${placeholder}=1&empty`,
    );
    const value = sandbox.secrets[0]?.value as string;
    expect(url.pathname.split("/").map(decodeURIComponent)).toEqual(["", "a/b", value, "c"]);
    expect(url.pathname).toMatch(/^\/a%2Fb\//);
    expect(url.searchParams.get("key")).toBe(value);
    expect(url.searchParams.get(value)).toBe("1");
    expect(url.search).toMatch(/^\?x=\+%20&key=.*&x=&.*=1&empty$/);
  });

  test.each([".", ".."])("a value that is %s cannot stand in a path: 422", async (value) => {
    const { sandbox, placeholder } = await createWith(value);
    const answer = await sandbox.call(`https://${sandbox.host}/a/${placeholder}`);
    expect(answer.status).toBe(422);
    expect(await listSeen(sandbox.host)).toEqual([]);
  });

  test("a value never ends up in the authority or changes the host", async () => {
    const { sandbox, placeholder } = await createWith("@evil.example/");
    const { url } = await send(sandbox, `/${placeholder}`);
    expect(url.host).toBe(sandbox.host);
  });
});

const readMultipart = (seen: Seen) =>
  new Response(seen.bytes, { headers: { "Content-Type": seen.headers["content-type"] ?? "" } })
    .formData()
    .then((form) => form.get("key"));

const BODIES: [string, string, (token: string) => string, (seen: Seen) => unknown][] = [
  ["JSON", "application/json", (t) => `{"a":["${t}"]}`, ({ text }) => JSON.parse(text).a[0]],
  [
    "JSON as a key",
    "application/json",
    (t) => `{"${t}":1}`,
    ({ text }) => Object.keys(JSON.parse(text))[0],
  ],
  [
    "JSON with charset",
    "Application/JSON; charset=utf-8",
    (t) => `"${t}"`,
    ({ text }) => JSON.parse(text),
  ],
  ["+json", "application/vnd.api+json", (t) => `"${t}"`, ({ text }) => JSON.parse(text)],
  [
    "ndjson",
    "application/x-ndjson",
    (t) => `1\n"${t}"\n`,
    ({ text }) => JSON.parse(text.split("\n")[1] ?? ""),
  ],
  [
    "a form",
    "application/x-www-form-urlencoded",
    (t) => `a=b&key=${t}`,
    ({ text }) => new URLSearchParams(text).get("key"),
  ],
  [
    "multipart",
    "multipart/form-data; boundary=B",
    (t) => `--B\r\nContent-Disposition: form-data; name="key"\r\n\r\n${t}\r\n--B--\r\n`,
    readMultipart,
  ],
  ["text", "text/plain", (t) => t, ({ text }) => text],
  ["GraphQL", "application/graphql", (t) => t, ({ text }) => text],
  ["JavaScript", "text/javascript", (t) => t, ({ text }) => text],
];

describe("bodies", () => {
  test.each(BODIES)(
    "%s (%s): the upstream's parser reads exactly the value",
    async (_what, type, write, read) => {
      const value = createHardestValue();
      const { sandbox, placeholder } = await createWith(value);
      const seen = await send(sandbox, "/", {
        method: "POST",
        headers: { "Content-Type": type },
        body: write(placeholder),
      });
      expect(await read(seen)).toBe(value);
      expect(seen.headers["content-length"]).toBe(String(seen.bytes.length));
    },
  );

  test("no type: raw", async () => {
    const value = createHardestValue();
    const { sandbox, placeholder } = await createWith(value);
    const body = new Blob([placeholder]);
    expect((await send(sandbox, "/", { method: "POST", body })).text).toBe(value);
  });

  test.each(["application/xml", "text/xml", "application/soap+xml"])("%s", async (type) => {
    const { sandbox, placeholder } = await createWith(`${createValue()}"'&<>]]>\té😀`);
    const { text } = await send(sandbox, "/", {
      method: "POST",
      headers: { "Content-Type": type },
      body: `<a b="${placeholder}"/>`,
    });
    const attribute = /^<a b="([^"<]*)"\/>$/.exec(text)?.[1] ?? "";
    const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };
    const decoded = attribute.replace(/&(?:#(\d+)|(\w+));/g, (_all, code, name) =>
      code === undefined ? (named[name] ?? "?") : String.fromCodePoint(Number(code)),
    );
    expect(decoded).toBe(sandbox.secrets[0]?.value);
  });

  test("values that hold placeholders and replacement patterns are put in literally", async () => {
    const plain = await createSandbox({ secrets: [{}, {}] });
    const [first, second] = plain.secrets;
    const sandbox = await createSandbox({
      secrets: [{ value: `$&$1$\`%s ${first?.placeholder}` }],
    });
    const own = sandbox.secrets[0];
    const body = `${own?.placeholder}${second?.placeholder}${own?.placeholder}`;
    const { text } = await send(sandbox, "/", { method: "POST", body });
    expect(text).toBe(`${own?.value}${second?.placeholder}${own?.value}`);
  });
});

describe("locations", () => {
  const locations = { headers: ["authorization"], query: ["key"] };

  test("let a value only into the places they name", async () => {
    const { sandbox, placeholder } = await createWith(createValue(), { locations });
    const value = sandbox.secrets[0]?.value;
    const url = `https://${sandbox.host}/${placeholder}?key=${placeholder}&other=${placeholder}`;
    const answer = await sandbox.call(url, {
      method: "POST",
      headers: { Authorization: placeholder, "X-Other": placeholder },
      body: placeholder,
    });
    const seen = await getSeen(sandbox.host);
    expect(seen.headers["authorization"]).toBe(value);
    expect(seen.headers["x-other"]).toBe(placeholder);
    expect(seen.url.pathname).toBe(`/${placeholder}`);
    expect(seen.url.search).toBe(`?key=${value}&other=${placeholder}`);
    expect(seen.text).toBe(placeholder);
    expect(answer.headers.get("Egret-Outcome")).toBe(
      '"KEY_0";outcome=substituted;places="header query", "KEY_0";outcome=location-not-allowed',
    );
  });

  test("that name nothing let a value nowhere", async () => {
    const { sandbox, placeholder } = await createWith(createValue(), { locations: {} });
    const seen = await send(sandbox, `/${placeholder}`, { headers: { "X-Key": placeholder } });
    expect(seen.headers["x-key"]).toBe(placeholder);
  });
});

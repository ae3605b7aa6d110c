import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  type ApiUpstream,
  type ReceivedRequest,
  sendJson,
  startApiUpstream,
} from "../testing/api-upstream.ts";
import {
  type ClientSandbox,
  expectNothingOfEgret,
  openClientSandbox,
} from "../testing/client-sandbox.ts";

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const title = hasCurl ? "curl" : "curl (skipped: there is no curl on this machine)";

describe.skipIf(!hasCurl)(title, () => {
  let upstream: ApiUpstream;
  let other: ApiUpstream;
  let sandbox: ClientSandbox;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "egret-curl-"));
    sandbox = await openClientSandbox(inject("local"));
    const answer = (
      { path, headers }: ReceivedRequest,
      response: Parameters<typeof sendJson>[0],
    ) => {
      if (path === "/login") {
        response.setHeader("Set-Cookie", "session=of-the-first; Path=/; HttpOnly");
        return response.writeHead(302, { Location: `http://${other.host}/welcome` }).end();
      }
      return sendJson(response, { path, key: headers["x-api-key"] });
    };
    [upstream, other] = await Promise.all([startApiUpstream(answer), startApiUpstream(answer)]);
  });

  afterAll(async () => {
    await Promise.all([upstream.close(), other.close()]);
    await rm(folder, { recursive: true });
  });

  /** Runs curl as a user types it, without the user's own settings; gives what it prints. */
  async function curl(...args: string[]): Promise<string> {
    const options = ["--disable", "--silent", "--show-error", "--noproxy", "*"];
    return (await promisify(execFile)("curl", [...options, ...args])).stdout;
  }

  function takeReceived(from = upstream): ReceivedRequest {
    expectNothingOfEgret(from.received, from.host, sandbox);
    return from.received.splice(0).at(-1) as ReceivedRequest;
  }

  test("puts the key into a header, by both forms of the route", async () => {
    const { url, token } = sandbox.egress;
    const key = ["-H", `X-Api-Key: ${sandbox.key.placeholder}`];
    const basic = Buffer.from(`sandbox:${token}`).toString("base64");
    const route = `${url}/forward/http/${upstream.host}/v1?a=1`;
    for (const args of [
      [`${sandbox.getBaseUrl(upstream.host)}/v1?a=1`],
      [route, "-H", `Proxy-Authorization: Bearer ${token}`],
      [route, "-H", `Proxy-Authorization: Basic ${basic}`],
    ]) {
      const answer = JSON.parse(await curl(...args, ...key));
      expect(answer).toEqual({ path: "/v1", key: sandbox.key.placeholder });
      expect(takeReceived().headers["x-api-key"]).toBe(sandbox.key.value);
    }
  });

  test("puts the key into Basic credentials, and a note into a form", async () => {
    await curl(
      ...["--user", `user:${sandbox.key.placeholder}`],
      ...["--data", `note=${sandbox.note.placeholder}&other=1`],
      `${sandbox.getBaseUrl(upstream.host)}/form`,
    );
    const { headers, body } = takeReceived();
    const basic = headers["authorization"]?.replace("Basic ", "") ?? "";
    expect(Buffer.from(basic, "base64").toString()).toBe(`user:${sandbox.key.value}`);
    expect(new URLSearchParams(body.toString()).get("note")).toBe(sandbox.note.value);
  });

  test("uploads a large file, which it announces with Expect: 100-continue", async () => {
    const file = join(folder, "large.txt");
    const filling = "0123456789abcdef".repeat(200_000);
    await writeFile(file, `${filling}${sandbox.note.placeholder}${filling}`);
    await curl(
      ...["--header", "Content-Type: text/plain", "--data-binary", `@${file}`],
      ...["--expect100-timeout", "60"],
      `${sandbox.getBaseUrl(upstream.host)}/upload`,
    );
    const body = takeReceived().body.toString();
    expect(body === `${filling}${sandbox.note.value}${filling}`).toBe(true);
  });

  test("sends a multipart form in which the note arrives whole", async () => {
    await curl(
      "--form",
      `note=${sandbox.note.placeholder}`,
      `${sandbox.getBaseUrl(upstream.host)}/`,
    );
    const { headers, body } = takeReceived();
    const form = await new Response(new Uint8Array(body), {
      headers: { "Content-Type": headers["content-type"] ?? "" },
    }).formData();
    expect(form.get("note")).toBe(sandbox.note.value);
  });

  test("follows redirects inside the egress, and keeps one upstream's cookies from another", async () => {
    const jar = join(folder, "cookies");
    const base = sandbox.getBaseUrl(upstream.host);
    const answer = await curl("--location", "--cookie-jar", jar, `${base}/login`);
    expect(JSON.parse(answer).path).toBe("/welcome");
    expect(takeReceived().path).toBe("/login");
    expect(takeReceived(other).headers).not.toHaveProperty("cookie");
    await curl("--cookie", jar, `${base}/account`);
    expect(takeReceived().headers["cookie"]).toBe("session=of-the-first");
    await curl("--cookie", jar, `${sandbox.getBaseUrl(other.host)}/account`);
    expect(takeReceived(other).headers).not.toHaveProperty("cookie");
    expect(await readFile(jar, "utf8")).toContain("/forward/http/");
  });

  test("is told why where the token is wrong", async () => {
    const url = `${sandbox.egress.url}/forward/http/${upstream.host}/`;
    const answer = await curl("--include", "-H", "Proxy-Authorization: Bearer wrong", url);
    expect(answer).toMatch(/^HTTP\/1.1 407 /);
    expect(answer).toContain("A valid sandbox token is required");
  });
});

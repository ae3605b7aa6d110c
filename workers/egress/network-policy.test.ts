import { describe, expect, test } from "vitest";
import type { EgretError } from "../../shared/errors.ts";
import { checkTarget } from "./network-policy.ts";
import { parseTarget } from "./target.ts";
import { callRoute, createSandbox } from "./testing/fixture.ts";
import { getSeen, listSeen } from "./testing/upstream.ts";

const PRIVATE_URLS = [
  "http://localhost/",
  "http://LOCALHOST./",
  "http://app.localhost/",
  "http://metadata.google.internal/",
  "http://printer.local/",
  "http://router.home.arpa/",
  "http://127.0.0.1/",
  "http://127.1/",
  "http://127.255.255.254/",
  "http://0/",
  "http://0.0.0.0/",
  "http://2130706433/",
  "http://017700000001/",
  "http://0x7f000001/",
  "http://0x7f.0.0.1/",
  "http://１２７.0.0.1/",
  "http://10.0.0.1/",
  "http://10.255.255.255/",
  "http://100.64.0.1/",
  "http://100.127.255.255/",
  "http://169.254.169.254/latest/meta-data/",
  "http://172.16.0.1/",
  "http://172.31.255.255/",
  "http://192.168.0.1/",
  "http://192.0.0.192/",
  "http://198.18.0.1/",
  "http://224.0.0.1/",
  "http://255.255.255.255/",
  "http://[::]/",
  "http://[::1]/",
  "http://[0:0:0:0:0:0:0:1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://[::ffff:a9fe:a9fe]/",
  "http://[::127.0.0.1]/",
  "http://[::ffff:0:127.0.0.1]/",
  "http://[64:ff9b::7f00:1]/",
  "http://[64:ff9b:1::1]/",
  "http://[2002:7f00:1::]/",
  "http://[2002:a9fe:a9fe::1]/",
  "http://[2001:0:1::1]/",
  "http://[fe80::1]/",
  "http://[febf::1]/",
  "http://[fc00::1]/",
  "http://[fd00:ec2::254]/",
  "http://[ff02::1]/",
];
const PUBLIC_URLS = [
  "http://localhost.example/",
  "http://mylocalhost/",
  "http://internal.example/",
  "http://local.example/",
  "http://9.255.255.255/",
  "http://11.0.0.0/",
  "http://100.63.255.255/",
  "http://100.128.0.0/",
  "http://126.255.255.255/",
  "http://128.0.0.0/",
  "http://169.253.255.255/",
  "http://172.15.255.255/",
  "http://172.32.0.0/",
  "http://192.167.255.255/",
  "http://223.255.255.255/",
  "http://[2606:4700::1111]/",
  "http://[::ffff:93.184.216.34]/",
  "http://[64:ff9b::5db8:d822]/",
  "http://[2002:5db8:d822::1]/",
  "http://[2001:4860:4860::8888]/",
];

function isRefused(url: string, policy: Partial<Parameters<typeof checkTarget>[1]>): boolean {
  try {
    checkTarget(parseTarget(url), { allowPrivateTargets: false, ownOrigins: [], ...policy });
    return false;
  } catch (error) {
    expect((error as EgretError).code).toBe("PRIVATE_TARGET");
    return true;
  }
}

describe("private targets", () => {
  test.each(PRIVATE_URLS)("%s is refused", (url) => {
    expect(isRefused(url, {})).toBe(true);
  });

  test.each(PRIVATE_URLS)("%s is reached where the deployment allows it", (url) => {
    expect(isRefused(url, { allowPrivateTargets: true })).toBe(false);
  });

  test.each(PUBLIC_URLS)("%s is public", (url) => {
    expect(isRefused(url, {})).toBe(false);
  });

  test("the Worker answers 403 and sends nothing", async () => {
    const id = crypto.randomUUID();
    const sandbox = await createSandbox({ secrets: [{ hosts: ["*"] }] });
    for (const host of ["127.0.0.1:9", "2130706433", "[::1]", "x.localhost", "169.254.169.254"]) {
      const answer = await sandbox.call(`http://${host}/${id}`);
      expect(answer.status).toBe(403);
      expect(answer.headers.get("Egret-Error")).toBe("PRIVATE_TARGET");
      expect((await sandbox.callOutbound(`http://${host}/${id}`)).status).toBe(403);
    }
    expect(await listSeen(id)).toEqual([]);
  });
});

describe("the egress itself", () => {
  test.each([
    ["https://egress.example/", true],
    ["https://EGRESS.example./x", true],
    ["http://egress.example:8080/", true],
    ["https://other.example/", false],
    ["https://sub.egress.example/", false],
  ])("%s at https://egress.example: refused is %s", (url, refused) => {
    expect(isRefused(url, { ownOrigins: ["https://egress.example"] })).toBe(refused);
  });

  test.each([
    ["http://localhost:8788/", true],
    ["http://127.0.0.1:8788/", true],
    ["http://[::1]:8788/", true],
    ["http://127.0.0.1:8787/", false],
    ["http://public.example:8788/", false],
  ])("%s at http://127.0.0.1:8788: refused is %s", (url, refused) => {
    const policy = { allowPrivateTargets: true, ownOrigins: ["http://127.0.0.1:8788"] };
    expect(isRefused(url, policy)).toBe(refused);
  });

  test("no request goes round in circles", async () => {
    const sandbox = await createSandbox({ secrets: [{ hosts: ["*"] }] });
    const url = `https://egress.test/token/${sandbox.token}/forward/https/${sandbox.host}/`;
    for (const answer of [await sandbox.call(url), await sandbox.callOutbound(url)]) {
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain("the egress itself");
    }
    expect(await listSeen(sandbox.host)).toEqual([]);
  });
});

describe("a sandbox's own network rules", () => {
  test("networkBlockAll: 403 before any substitution, also for a host that a secret allows", async () => {
    const sandbox = await createSandbox({ networkBlockAll: true });
    for (const call of [sandbox.call, sandbox.callOutbound]) {
      const answer = await call(`https://${sandbox.host}/`, {
        headers: { "X-Key": sandbox.secrets[0]?.placeholder as string },
      });
      expect(answer.status).toBe(403);
      expect(answer.headers.get("Egret-Error")).toBe("NETWORK_BLOCKED");
    }
    expect(await listSeen(sandbox.host)).toEqual([]);
  });

  test("domainAllowList: what is not in it is refused, whatever the secrets allow", async () => {
    const id = crypto.randomUUID();
    const sandbox = await createSandbox({
      domainAllowList: `${id}.allowed.example, *.${id}.wild.example`,
      secrets: [{ hosts: ["*"] }],
    });
    const reach = async (host: string) => (await sandbox.call(`https://${host}/`)).status;
    expect(await reach(`${id}.allowed.example`)).toBe(200);
    expect(await reach(`${id}.ALLOWED.example.:8443`)).toBe(200);
    expect(await reach(`${id}.wild.example`)).toBe(200);
    expect(await reach(`a.b.${id}.wild.example`)).toBe(200);
    expect(await reach(`x.${id}.allowed.example`)).toBe(403);
    expect(await reach(`evil-${id}.wild.example`)).toBe(403);
    expect(await reach(`${id}.allowed.example.evil.example`)).toBe(403);
    expect(await reach("93.184.216.34")).toBe(403);
    expect((await getSeen(`https://${id}.allowed.example/`)).url.host).toBe(
      `${id}.allowed.example`,
    );
  });

  test("an allowlist opens no private target", async () => {
    const sandbox = await createSandbox({ domainAllowList: "localhost,127.0.0.1" });
    expect((await sandbox.call("http://localhost/")).status).toBe(403);
    expect((await sandbox.call("http://127.0.0.1/")).status).toBe(403);
  });

  test("the token is asked for before anything is said of the target", async () => {
    expect((await callRoute("https://user@127.0.0.1/")).status).toBe(407);
  });
});

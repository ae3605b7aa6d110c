import { describe, expect, test } from "vitest";
import {
  callEgress,
  createSandbox,
  type SecretSeed,
  type TestSandbox,
  toForwardingPath,
} from "./testing/fixture.ts";
import { readLog } from "./testing/leak-net.ts";
import { listSeen } from "./testing/upstream.ts";

async function getOutcome(
  secrets: SecretSeed[],
  call: (sandbox: TestSandbox, tokens: string[]) => Promise<Response>,
): Promise<string | null> {
  const sandbox = await createSandbox({ secrets });
  const answer = await call(
    sandbox,
    sandbox.secrets.map(({ placeholder }) => placeholder),
  );
  expect(answer.status).toBe(200);
  return answer.headers.get("Egret-Outcome");
}

describe("Egret-Outcome", () => {
  test("names each variable and the places of its value, as a structured field", async () => {
    const outcome = await getOutcome([{ environmentVariables: ["A", "B"] }, {}], (sandbox, [a]) =>
      sandbox.call(`https://${sandbox.host}/${a}?a=${a}`, {
        method: "POST",
        headers: { "X-Key": a ?? "" },
        body: a ?? "",
      }),
    );
    const places = 'outcome=substituted;places="header path query body"';
    expect(outcome).toBe(`"A";${places}, "B";${places}`);
  });

  test("is not there where no secret is concerned", async () => {
    expect(
      await getOutcome([{}], (sandbox) => sandbox.call(`https://${sandbox.host}/`)),
    ).toBeNull();
    expect(await getOutcome([], (sandbox) => sandbox.call(`https://${sandbox.host}/`))).toBeNull();
  });

  test("says which of several secrets the host may not receive", async () => {
    const outcome = await getOutcome([{}, { hosts: ["other.example"] }], (sandbox, [a, b]) =>
      sandbox.call(`https://${sandbox.host}/`, { headers: { "X-A": `${a}`, "X-B": `${b}` } }),
    );
    expect(outcome).toBe(
      '"KEY_0";outcome=substituted;places="header", "KEY_1";outcome=host-not-allowed',
    );
  });

  test("says that the host may receive none", async () => {
    const outcome = await getOutcome([{ hosts: [] }], (sandbox, [a]) =>
      sandbox.callOutbound(`https://${sandbox.host}/`, { headers: { "X-A": `${a}` } }),
    );
    expect(outcome).toBe('"KEY_0";outcome=host-not-allowed');
  });
});

describe("explain", () => {
  test("says what would be done, and sends nothing", async () => {
    const sandbox = await createSandbox({ secrets: [{}, { hosts: ["other.example"] }] });
    const [a, b] = sandbox.secrets;
    const path = toForwardingPath(`https://${sandbox.host}/x`).replace("/forward/", "/explain/");
    const answer = await callEgress(path, {
      headers: {
        "Proxy-Authorization": `Bearer ${sandbox.token}`,
        "X-Key": `${a?.placeholder}${b?.placeholder}`,
      },
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      host: sandbox.host,
      secrets: [
        { hostAllowed: true, substitutedIn: ["header"] },
        { hostAllowed: false, hindrances: ["host-not-allowed"] },
      ],
    });
    expect(await listSeen(sandbox.host)).toEqual([]);
  });

  test("refuses what forwarding refuses", async () => {
    const sandbox = await createSandbox();
    const headers = { "Proxy-Authorization": `Bearer ${sandbox.token}` };
    expect((await callEgress("/explain/https/a.example/")).status).toBe(407);
    expect((await callEgress("/explain/http/127.0.0.1/", { headers })).status).toBe(403);
    expect((await callEgress("/explain/ftp/a.example/", { headers })).status).toBe(400);
    const post = { method: "POST", headers };
    expect((await callEgress("/explain/https/a.example/", post)).status).toBe(405);
  });
});

describe("the log", () => {
  test("holds one line for each use, without path, query and value", async () => {
    const sandbox = await createSandbox();
    const [secret] = sandbox.secrets;
    await sandbox.call(`https://${sandbox.host}/path/${secret?.placeholder}?query=1`);
    const lines = readLog()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({
        event: "secret-used",
        organizationId: sandbox.organizationId,
        sandboxId: sandbox.id,
        secretId: secret?.id,
        secretName: secret?.name,
        host: sandbox.host,
        method: "GET",
        places: ["path"],
        status: 200,
      }),
    ]);
    expect(readLog()).not.toMatch(/query=|\/path/);
  });

  test("is silent where nothing was used", async () => {
    const sandbox = await createSandbox();
    await sandbox.call(`https://${sandbox.host}/`);
    expect(readLog()).toBe("");
  });
});

describe("refusals", () => {
  test("are marked as the egress's own, in the envelope and in a header", async () => {
    const sandbox = await createSandbox();
    const answer = await sandbox.call("https://user@a.example/path?key=1");
    expect(answer.status).toBe(400);
    expect(answer.headers.get("Egret-Error")).toBe("INVALID_TARGET");
    expect(await answer.json()).toEqual({
      statusCode: 400,
      error: "Bad Request",
      message: "The target holds user information",
      code: "INVALID_TARGET",
      source: "EGRET_EGRESS",
      path: "/forward/https/user@a.example/path",
      method: "GET",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});

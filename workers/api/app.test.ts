import { describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../shared/database/database.ts";
import { MAX_REQUEST_BODY_BYTES } from "../../shared/limits.ts";
import worker from "./index.ts";
import {
  authorize,
  callApi,
  createTestApp,
  createTestOrganization,
  TEST_BINDINGS,
} from "./testing/fixture.ts";

/** A database that answers whatever `fetch` gives. */
function openBrokenDatabase(fetch: () => Promise<Response>, timeoutMs = 1000) {
  return () => openDatabase({ url: TEST_BINDINGS.DATABASE_URL, timeoutMs, fetch });
}

describe("errors", () => {
  it("come in one envelope, with the request's id in a header too", async () => {
    const answer = await callApi("GET /nothing/here?secret=1");
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({
      statusCode: 404,
      error: "Not Found",
      message: "There is no such route",
      code: "NOT_FOUND",
      source: "EGRET_API",
      path: "/api/nothing/here",
      method: "GET",
      timestamp: expect.stringMatching(/^\d{4}-.+\.\d{3}Z$/),
      requestId: answer.headers.get("X-Request-Id"),
    });
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
  });

  it("name the methods a route does answer", async () => {
    const answer = await callApi("PUT /secret/some-id");
    expect(answer).toMatchObject({ status: 405, body: { code: "METHOD_NOT_ALLOWED" } });
    expect(answer.headers.get("Allow")).toBe("GET, PATCH, DELETE");
  });

  it("ask for a credential where there is none", async () => {
    const answer = await callApi("GET /secret");
    expect(answer).toMatchObject({ status: 401, body: { code: "UNAUTHORIZED" } });
    expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Bearer/);
  });
});

describe("a request's body", () => {
  it.each([
    ["half an object", '{"name":'],
    ["text after the end", "{} {}"],
    ["nesting without end", "[".repeat(100_000)],
  ])("is refused as malformed: %s", async (_, body) => {
    const { call } = await createTestOrganization();
    expect(await call("POST /secret", body)).toMatchObject({
      status: 400,
      body: { message: "The body is not valid JSON in UTF-8" },
    });
  });

  it("is refused when it is nested deeper than anything that is asked for", async () => {
    const { call } = await createTestOrganization();
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(await call("POST /secret", `{"name":"A","value":"v","other":${deep}}`)).toMatchObject({
      status: 400,
      body: { message: "The body is nested deeper than 32 levels" },
    });
  });

  it.each([
    ['{"name":"A","value":"v","name":"B"}', "name: is given twice"],
    ['{"name":"A","value":"v","n\\u0061me":"B"}', "name: is given twice"],
    ['{"name":"A","value":"v","locations":{"path":true,"path":false}}', "path: is given twice"],
    ['{"name":"A","value":"v","__proto__":{"hosts":[]}}', "__proto__: is not a name that is taken"],
  ])(
    "is refused, naming the key, where two readers could see two things in it: %s",
    async (body, message) => {
      const { call } = await createTestOrganization();
      expect(await call("POST /secret", body)).toMatchObject({ status: 400, body: { message } });
      expect((await call("GET /secret")).body).toEqual([]);
    },
  );

  it("is refused when it is of another type", async () => {
    const { call } = await createTestOrganization();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
      const answer = await call("POST /secret", "{}", { "Content-Type": type });
      expect(answer).toMatchObject({ status: 415, body: { code: "UNSUPPORTED_MEDIA_TYPE" } });
    }
    const answer = await call("POST /secret", '{"name":"A","value":"v"}', {
      "Content-Type": "Application/JSON; charset=utf-8",
    });
    expect(answer.status).toBe(201);
  });

  it("may be 256 KiB long and not a byte longer", async () => {
    const { call } = await createTestOrganization();
    const fields = '{"name":"A","value":"v"}';
    const fill = " ".repeat(MAX_REQUEST_BODY_BYTES - fields.length);
    expect((await call("POST /secret", `${fill}${fields}`)).status).toBe(201);
    expect(await call("POST /secret", `${fill} ${fields}`)).toMatchObject({
      status: 413,
      body: { code: "PAYLOAD_TOO_LARGE" },
    });
  });
});

describe("without a database", () => {
  const failures: [string, () => Promise<Response>][] = [
    ["cannot be reached", () => Promise.reject(new TypeError("connection refused"))],
    ["fails", async () => new Response("oops", { status: 500 })],
    ["refuses the Worker's token", async () => Response.json({ error: "no" }, { status: 401 })],
  ];

  it.each(failures)("answers 503 when it %s, and says so when asked", async (_, fetch) => {
    const call = createTestApp({ openDatabase: openBrokenDatabase(fetch) });
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const refused = await authorize(call, `dtn_${"0".repeat(64)}`)("GET /secret");
    expect(refused).toMatchObject({
      status: 503,
      body: { code: "SERVICE_UNAVAILABLE", message: "The database cannot be reached" },
    });
    expect(refused.headers.get("Retry-After")).toBe("5");
    expect((await call("GET /health/ready")).status).toBe(503);
    expect((await call("GET /health")).status).toBe(200);
    expect(log).toHaveBeenCalled();
    log.mockRestore();
  });

  it("gives up on a database that does not answer", async () => {
    const call = createTestApp({
      openDatabase: () =>
        openDatabase({
          url: TEST_BINDINGS.DATABASE_URL,
          timeoutMs: 1,
          fetch: (_, { signal }) =>
            new Promise((_resolve, reject) => {
              signal?.addEventListener("abort", () => reject(signal.reason));
            }),
        }),
    });
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    expect((await call("GET /health/ready")).status).toBe(503);
    log.mockRestore();
  });

  it("gives up on a database whose answer does not end", async () => {
    const call = createTestApp({
      openDatabase: () =>
        openDatabase({
          url: TEST_BINDINGS.DATABASE_URL,
          timeoutMs: 50,
          fetch: async (_, { signal }) => {
            const body = new ReadableStream({
              start(controller) {
                controller.enqueue(new TextEncoder().encode('{"results":['));
                signal?.addEventListener("abort", () => controller.error(signal.reason));
              },
            });
            return new Response(body, { headers: { "Content-Type": "application/json" } });
          },
        }),
    });
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const key = `dtn_${"0".repeat(64)}`;
    expect((await authorize(call, key)("GET /secret")).status).toBe(503);
    expect((await call("GET /health/ready")).status).toBe(503);
    log.mockRestore();
  });

  it("recovers by itself when there is one again", async () => {
    const owner = await createTestOrganization();
    let isGone = true;
    const anonymous = createTestApp({
      openDatabase: () =>
        openDatabase({
          url: TEST_BINDINGS.DATABASE_URL,
          timeoutMs: 10_000,
          fetch: (request, init) =>
            isGone ? Promise.reject(new TypeError("connection refused")) : fetch(request, init),
        }),
    });
    const call = authorize(anonymous, owner.apiKey);
    const routes = ["GET /health/ready", "GET /secret", "GET /organizations"];
    const ask = () => Promise.all(routes.map(async (route) => (await call(route)).status));
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    expect(await ask()).toEqual([503, 503, 503]);
    log.mockRestore();
    isGone = false;
    expect(await ask()).toEqual([200, 200, 200]);
  });

  it("is ready with one", async () => {
    expect(await callApi("GET /health/ready")).toMatchObject({ status: 200 });
  });
});

describe("a failure of our own", () => {
  it("says nothing of its cause, and the log nothing of the query's values", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const owner = await createTestOrganization();
    const call = authorize(
      createTestApp({
        settings: {
          signSandboxToken: () => Promise.reject(new Error("the key is broken")),
        },
      }),
      owner.apiKey,
    );
    const failed = await call("POST /sandbox", { env: { A: "private" } });
    expect(failed).toMatchObject({
      status: 500,
      body: { code: "INTERNAL_ERROR", message: "Internal server error" },
    });
    expect(failed.text).not.toContain("broken");
    const lines = log.mock.calls.join("\n");
    expect(lines).toContain("the key is broken");
    expect(lines).not.toContain("private");
    log.mockRestore();
  });

  it("of a query is logged without its text and parameters", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const failure = {
      results: [
        { type: "error", error: { message: "no such table", code: "SQL_INPUT_ERROR" } },
        { type: "ok", response: { type: "close" } },
      ],
    };
    const key = `dtn_${"0".repeat(64)}`;
    const call = createTestApp({
      openDatabase: openBrokenDatabase(async () => Response.json(failure)),
    });
    expect((await authorize(call, key)("GET /secret")).status).toBe(500);
    const [line] = log.mock.calls.map(String);
    expect(line).toContain("the query failed");
    expect(line).toContain("no such table");
    expect(line).not.toContain("select");
    log.mockRestore();
  });
});

describe("a Worker whose bindings are wrong", () => {
  it("answers 503 without detail and logs the binding's name", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const { MASTER_KEYS: _, ...bindings } = TEST_BINDINGS;
    const answer = await worker.fetch(
      new Request("https://api.test/api/health") as Parameters<typeof worker.fetch>[0],
      bindings,
      { waitUntil: () => undefined } as unknown as ExecutionContext,
    );
    const body = await answer.json();
    expect(body).toMatchObject({ statusCode: 503, message: "The service is not set up" });
    expect(JSON.stringify(body)).not.toContain("MASTER_KEYS");
    expect(String(log.mock.calls[0])).toContain("MASTER_KEYS: is not set");
    log.mockRestore();
  });
});

import { describe, expect, test } from "vitest";
import { createSandbox, type TestSandbox } from "./testing/fixture.ts";
import { getSeen } from "./testing/upstream.ts";

type Call = (sandbox: TestSandbox, url: string, init: RequestInit) => Promise<Response>;

const WAYS: [string, Call][] = [
  ["the route", (sandbox, url, init) => sandbox.call(url, init)],
  ["Outbound", (sandbox, url, init) => sandbox.callOutbound(url, init)],
];

/** Waits for the next event of a WebSocket. */
function next<T extends "message" | "close">(socket: WebSocket, type: T) {
  return new Promise<WebSocketEventMap[T]>((resolve) =>
    socket.addEventListener(type, (event) => resolve(event as WebSocketEventMap[T]), {
      once: true,
    }),
  );
}

describe("WebSocket", () => {
  test.each(WAYS)(
    "through %s: the upgrade is substituted, frames pass, so does the close",
    async (_way, call) => {
      const sandbox = await createSandbox();
      const { placeholder = "", value = "" } = sandbox.secrets[0] ?? {};
      const answer = await call(sandbox, `https://${sandbox.host}/socket?key=${placeholder}`, {
        headers: {
          Upgrade: "websocket",
          Authorization: `Bearer ${placeholder}`,
          "Sec-WebSocket-Protocol": `realtime, key.${placeholder}`,
        },
      });
      expect(answer.status).toBe(101);
      const seen = await getSeen(sandbox.host);
      expect(seen.url.searchParams.get("key")).toBe(value);
      expect(seen.headers["authorization"]).toBe(`Bearer ${value}`);
      expect(seen.headers["sec-websocket-protocol"]).toBe(`realtime, key.${value}`);
      expect(answer.headers.get("Sec-WebSocket-Protocol")).toBe("realtime");
      const socket = answer.webSocket as WebSocket;
      socket.accept({ allowHalfOpen: false });
      socket.send("hello");
      expect((await next(socket, "message")).data).toBe("hello");
      socket.send(new Uint8Array([0, 255]));
      const { data } = await next(socket, "message");
      const bytes = data instanceof Blob ? await data.arrayBuffer() : (data as ArrayBuffer);
      expect([...new Uint8Array(bytes)]).toEqual([0, 255]);
      const closed = next(socket, "close");
      socket.close(4001, "done");
      expect(await closed).toMatchObject({ code: 4001, reason: "done" });
    },
  );

  test("to a host that may not receive the value: the placeholder", async () => {
    const sandbox = await createSandbox({ secrets: [{ hosts: ["other.example"] }] });
    const { placeholder = "" } = sandbox.secrets[0] ?? {};
    const answer = await sandbox.call(`https://${sandbox.host}/`, {
      headers: { Upgrade: "websocket", Authorization: placeholder },
    });
    expect(answer.status).toBe(101);
    expect((await getSeen(sandbox.host)).headers["authorization"]).toBe(placeholder);
    answer.webSocket?.accept();
    answer.webSocket?.close();
  });

  test("a protocol that holds the value is answered with its placeholder", async () => {
    const sandbox = await createSandbox();
    const { placeholder = "" } = sandbox.secrets[0] ?? {};
    const answer = await sandbox.call(`https://${sandbox.host}/`, {
      headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": `key.${placeholder}` },
    });
    expect(answer.headers.get("Sec-WebSocket-Protocol")).toBe(`key.${placeholder}`);
    answer.webSocket?.accept();
    answer.webSocket?.close();
  });
});

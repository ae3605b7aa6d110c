import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { startEchoUpstream } from "./upstream.ts";

async function send(port: number, request: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(request, "latin1");
  return text(socket);
}

test("tells once of a request that it refused, and of no other", async () => {
  const upstream = await startEchoUpstream();
  onTestFinished(() => upstream.close());
  const whole = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  expect(await send(upstream.port, whole)).toContain("HTTP/1.1 200 ");
  expect(upstream.takeRefusal()).toBe(false);
  const refused = whole.replace("Host: a", "Host: \x01");
  expect(await send(upstream.port, refused)).toContain("HTTP/1.1 400 ");
  expect([upstream.takeRefusal(), upstream.takeRefusal()]).toEqual([true, false]);
});

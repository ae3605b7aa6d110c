import { connect } from "node:net";

const ANSWER_TIMEOUT_MS = 15_000;
// After answers that only go before one, such as 100 Continue.
const FINAL_STATUS = /^(?:HTTP\/1\.1 10[023] [\s\S]*?\r\n\r\n)*HTTP\/1\.1 (\d{3}) /;

/** A request as its bytes stand on the wire (RFC 9112), each character one byte. */
export type WireRequest = {
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body: string;
};

/**
 * What came back: a status and everything that was received, each character one byte; or that the
 * connection was closed without an answer, or that nothing ended it in time.
 */
export type WireAnswer = { status: number | "closed" | "hang"; text: string };

/** Renders a request. Its headers are sent as they are, also where HTTP forbids them. */
export function renderRequest({ method, target, headers, body }: WireRequest): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}Connection: close\r\n\r\n${body}`;
}

/** Sends a request over a connection of its own to a port of this machine. */
export function exchange(port: number, request: WireRequest): Promise<WireAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1");
    const finish = (outcome?: "hang") => {
      socket.destroy();
      const text = Buffer.concat(chunks).toString("latin1");
      const status = Number(FINAL_STATUS.exec(text)?.[1] ?? Number.NaN);
      resolve({ status: outcome ?? (Number.isNaN(status) ? "closed" : status), text });
    };
    const timer = setTimeout(() => finish("hang"), ANSWER_TIMEOUT_MS);
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      // A WebSocket that was let in stays open, and that is right.
      if (/^HTTP\/1\.1 101 /.test(chunk.toString("latin1"))) socket.end();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      finish();
    });
    socket.write(renderRequest(request), "latin1");
  });
}

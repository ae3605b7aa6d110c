import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";

/** Beyond all time-outs that one request may use up one after the other. */
export const HANG_MS = 20_000;

/** What a client got: a status and whether the body came to its end, or neither. */
export type Exchange = {
  status: number | null;
  headers: Record<string, unknown>;
  body: string;
  end: "whole" | "broken" | "hang";
};

const FRAME_HEAD_BYTES = 2;

// No connection is used twice: one that its server has just closed would count as a failure.
const agent = new Agent({ keepAlive: false });

type Init = { method: string; headers: Record<string, string> };

/** Sends a request and waits for its whole answer, for 20 s at most. Never throws. */
export function exchange(
  url: string,
  { body, ...init }: Init & { body: readonly (string | Buffer)[] },
): Promise<Exchange> {
  const { asked, answered } = begin(url, init);
  const [first, ...others] = body;
  if (first !== undefined && others.length === 0) asked.end(first);
  else {
    for (const piece of body) asked.write(piece);
    asked.end();
  }
  return answered;
}

/**
 * Opens a WebSocket (RFC 6455), sends a text and waits for the first frame, whose payload is the body;
 * for 20 s at most. What comes instead of a WebSocket is an answer like any other. Never throws.
 */
export function exchangeWebSocket(url: string, message: string): Promise<Exchange> {
  const { asked, answered, result, finish } = begin(url, {
    method: "GET",
    headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
      "Sec-WebSocket-Version": "13",
    },
  });
  asked.on("upgrade", (answer, socket, head) => {
    result.status = answer.statusCode ?? null;
    result.headers = answer.headers;
    let received = head;
    const receive = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = FRAME_HEAD_BYTES + ((received[1] ?? 0) & 0x7f);
      if (received.length < FRAME_HEAD_BYTES || received.length < length) return;
      result.body = received.toString("utf8", FRAME_HEAD_BYTES, length);
      finish("whole");
      socket.destroy();
    };
    socket.on("data", receive).on("error", () => finish("broken"));
    socket.on("close", () => finish("broken"));
    socket.write(writeFrame(message));
    receive(Buffer.alloc(0));
  });
  asked.end();
  return answered;
}

/** Begins a request; `finish` settles its answer, once. */
function begin(url: string, init: Init) {
  const result: Exchange = { status: null, headers: {}, body: "", end: "broken" };
  const { promise: answered, resolve } = Promise.withResolvers<Exchange>();
  const asked = request(url, { ...init, agent });
  const finish = (end: Exchange["end"]) => {
    clearTimeout(timer);
    resolve({ ...result, end });
  };
  const timer = setTimeout(() => {
    finish("hang");
    asked.destroy();
  }, HANG_MS);
  asked.on("error", () => finish("broken"));
  asked.on("response", (answer) => {
    result.status = answer.statusCode ?? null;
    result.headers = answer.headers;
    text(answer).then(
      (got) => {
        result.body = got;
        finish("whole");
      },
      () => finish("broken"),
    );
  });
  return { asked, answered, result, finish };
}

/** A text frame of less than 126 bytes, masked as a client's must be. */
function writeFrame(message: string): Buffer {
  const mask = randomBytes(4);
  const payload = Buffer.from(message).map((byte, index) => byte ^ (mask[index % 4] as number));
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload]);
}

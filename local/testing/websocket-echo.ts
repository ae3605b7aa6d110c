import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const CLOSE = 8;
const MASK_BYTES = 4;

/**
 * Accepts a WebSocket (RFC 6455) and sends every frame back as it came, the closing one too. Of the
 * offered protocols the first is chosen. Frames of up to 65,535 bytes.
 */
export function acceptWebSocket(request: IncomingMessage, socket: Duplex): void {
  const accept = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"]}${KEY_SUFFIX}`)
    .digest("base64");
  const [protocol = ""] = (request.headers["sec-websocket-protocol"] ?? "").split(",");
  socket.write(
    [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept}`,
      ...(protocol === "" ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
      "\r\n",
    ].join("\r\n"),
  );
  let pending = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let frame = readFrame(pending); frame !== null; frame = readFrame(pending)) {
      pending = pending.subarray(frame.byteLength);
      socket.write(frame.echo);
      if (frame.opcode === CLOSE) socket.end();
    }
  });
  socket.on("error", () => socket.destroy());
}

type Frame = { opcode: number; echo: Buffer; byteLength: number };

/** Reads one masked frame and writes it again without its mask; null where it is not yet whole. */
function readFrame(bytes: Buffer): Frame | null {
  const [first = 0, second = 0] = bytes;
  const isLong = (second & 0x7f) === 126;
  const headBytes = isLong ? 4 : 2;
  if (bytes.length < headBytes + MASK_BYTES) return null;
  const length = isLong ? bytes.readUInt16BE(2) : second & 0x7f;
  const mask = bytes.subarray(headBytes, headBytes + MASK_BYTES);
  const byteLength = headBytes + MASK_BYTES + length;
  if (bytes.length < byteLength) return null;
  const payload = bytes
    .subarray(headBytes + MASK_BYTES, byteLength)
    .map((byte, index) => byte ^ (mask[index % MASK_BYTES] as number));
  const head = Buffer.from(bytes.subarray(0, headBytes));
  head[1] = second & 0x7f;
  return { opcode: first & 0x0f, echo: Buffer.concat([head, payload]), byteLength };
}

import { Buffer } from "node:buffer";

/**
 * Stands in for the runtime's IdentityTransformStream, which Node does not have: a write is done
 * when its bytes were taken, and the reader gets a copy of them.
 */
export class CopyingTransformStream extends TransformStream<Uint8Array, Uint8Array> {
  constructor() {
    super({
      transform(chunk, controller) {
        controller.enqueue(new Uint8Array(chunk));
      },
    });
  }
}

// Streams get copies: a byte stream takes the memory of its chunks away.

/** A stream of chunks as they are given; `ending` is an error to end with. */
export function streamOf(
  chunks: readonly Uint8Array[],
  ending?: Error,
): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk !== undefined) controller.enqueue(new Uint8Array(chunk));
      else if (ending !== undefined) controller.error(ending);
      else controller.close();
    },
  });
}

/** The same as a byte stream, which the runtime's own bodies are. Empty chunks cannot stand there. */
export function byteStreamOf(
  chunks: readonly Uint8Array[],
  ending?: Error,
): ReadableStream<Uint8Array> {
  const left = chunks.filter(({ length }) => length > 0);
  return new ReadableStream({
    type: "bytes",
    pull(controller: ReadableByteStreamController) {
      const chunk = left.shift();
      if (chunk !== undefined) controller.enqueue(new Uint8Array(chunk));
      else if (ending !== undefined) controller.error(ending);
      else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
  }) as ReadableStream<Uint8Array>;
}

/** Reads a body, whichever form it has, to its end. */
export async function readAll(
  body: ReadableStream<Uint8Array> | Uint8Array | null,
): Promise<Buffer<ArrayBuffer>> {
  if (body === null) return Buffer.alloc(0);
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    chunks.push(value);
  }
}

/** Cuts bytes at any places, given as any numbers; the same place twice makes an empty chunk. */
export function cutBytes(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index]));
}

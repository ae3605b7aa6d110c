import { joinBytes } from "./replacer.ts";

/** A stream's bytes, where it ended within the limit; otherwise all of them, as a stream again. */
export type Collected =
  | { bytes: Uint8Array<ArrayBuffer>; rest: null }
  | { rest: ReadableStream<Uint8Array> };

// Each turn of reading costs as much as a tenth of a request, so short bodies are read at one go. Room
// for a longer one is not made before its bytes have come: many that never come would fill the memory.
const MAX_READ_AT_ONCE_BYTES = 64 * 1024;

/**
 * Reads a stream to its end, or until more than `limitBytes` have come. `expectedBytes` is the length
 * that it is said to have; it is read fastest where that is true.
 */
export async function collectUpTo(
  stream: ReadableStream<Uint8Array>,
  limitBytes: number,
  expectedBytes: number | null = null,
): Promise<Collected> {
  const head: Uint8Array<ArrayBuffer>[] = [];
  if (expectedBytes !== null && expectedBytes <= Math.min(limitBytes, MAX_READ_AT_ONCE_BYTES)) {
    const reader = openByobReader(stream);
    if (reader !== null) {
      // One byte more than is expected, so that a read which gives less has seen the end.
      const room = expectedBytes + 1;
      const { value } = await reader.read(new Uint8Array(room), { min: room });
      const bytes = (value ?? new Uint8Array(0)) as Uint8Array<ArrayBuffer>;
      if (bytes.length < room) return { bytes, rest: null };
      reader.releaseLock();
      head.push(bytes);
    }
  }
  return readOn(stream.getReader(), head, limitBytes);
}

async function readOn(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  chunks: Uint8Array[],
  limitBytes: number,
): Promise<Collected> {
  let length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  while (length <= limitBytes) {
    const { done, value } = await reader.read();
    if (done) return { bytes: joinBytes(chunks), rest: null };
    chunks.push(value);
    length += value.length;
  }
  return { rest: replay(joinBytes(chunks), reader) };
}

/** A BYOB reader with what its published type leaves out (Streams, section 4.5). */
type ByobReader = Pick<ReadableStreamBYOBReader, "releaseLock"> & {
  read(view: Uint8Array, options: { min: number }): Promise<{ value?: Uint8Array }>;
};

/** Null for a stream that is no byte stream, and so has no such reader. */
function openByobReader(stream: ReadableStream<Uint8Array>): ByobReader | null {
  try {
    return stream.getReader({ mode: "byob" }) as unknown as ByobReader;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function replay(
  head: Uint8Array,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(head);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

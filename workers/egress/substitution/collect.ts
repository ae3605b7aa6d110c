import { joinBytes } from "./replacer.ts";

/**
 * Reads a stream to its end, or until more than `limitBytes` have come. Where the end came first,
 * `rest` is null; otherwise it gives what was read and all that follows.
 */
export async function collectUpTo(
  stream: ReadableStream<Uint8Array>,
  limitBytes: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; rest: null } | { rest: ReadableStream<Uint8Array> }> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { bytes: joinBytes(chunks), rest: null };
    chunks.push(value);
    length += value.length;
    if (length > limitBytes) return { rest: replay(joinBytes(chunks), reader) };
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

import { joinBytes, type Replacer } from "./replacer.ts";

// Small reads are what makes streaming slow in workerd: it gives up to 400 KiB at one go. A stream that
// only dribbles, as events do, is not given room for that.
const MIN_READ_BYTES = 16 * 1024;
const MAX_READ_BYTES = 512 * 1024;
const READ_GROWTH = 4;

/** Is told how a stream comes along, more than once where that does no harm. */
export type PipeObserver = {
  /** There are bytes for the sink to take. */
  onOffered(): void;
  /** It has taken some. */
  onTaken(): void;
  /**
   * The source failed, or what was made of it. It is told before the sink is: what follows an aborted
   * sink may take that for its end.
   */
  onBroken(error: unknown): void;
};

/**
 * Copies a stream through a replacer in constant memory. Bytes are handed on as soon as the
 * replacer lets go of them. `sink` must be done with a chunk when its `write` resolves, as an
 * IdentityTransformStream is, because the buffer is used again.
 * On failure of either side the other is told, and the error is thrown.
 */
export async function pipeReplaced(
  source: ReadableStream<Uint8Array>,
  sink: WritableStream<Uint8Array>,
  replacer: Replacer,
  { onOffered, onTaken, onBroken }: Partial<PipeObserver> = {},
): Promise<void> {
  const reader = openReader(source);
  const writer = sink.getWriter();
  const gather = createGatherer();
  let isWriting = false;
  try {
    let carry: Uint8Array = new Uint8Array(0);
    for (;;) {
      const chunk = await reader.readBehind(carry);
      const isLast = chunk === null;
      const buffer = chunk ?? carry;
      const pieces = replacer.push(buffer, buffer.length, isLast);
      isWriting = true;
      if (pieces.length > 0) {
        onOffered?.();
        await writer.write(gather(pieces));
        onTaken?.();
      }
      if (isLast) break;
      isWriting = false;
      carry = buffer.slice(replacer.kept);
    }
    await writer.close();
  } catch (error) {
    if (!isWriting) onBroken?.(error);
    // Neither is awaited: a side that has failed may never answer.
    reader.cancel(error).catch(() => {});
    writer.abort(error).catch(() => {});
    throw error;
  }
}

/**
 * Copies a stream as it is. All but its first bytes are moved by the runtime, as fast as it can. On
 * failure of either side the error is thrown. Where the runtime moved the bytes it does not say which
 * side failed: then `onBroken` is not told, and the sink stays without an end.
 */
export async function pipeUntouched(
  source: ReadableStream<Uint8Array>,
  sink: WritableStream<Uint8Array>,
  observer: PipeObserver,
): Promise<void> {
  await moveFirst(source, sink, observer);
  // An abort could lose what an upstream answers that wants no more, or be taken for the body's end.
  await source.pipeTo(sink, { preventAbort: true });
}

async function moveFirst(
  source: ReadableStream<Uint8Array>,
  sink: WritableStream<Uint8Array>,
  { onOffered, onTaken, onBroken }: PipeObserver,
): Promise<void> {
  const reader = source.getReader();
  const writer = sink.getWriter();
  let isWriting = false;
  try {
    const { done, value } = await reader.read();
    if (done) return;
    isWriting = true;
    onOffered();
    await writer.write(value);
    onTaken();
  } catch (error) {
    if (!isWriting) onBroken(error);
    reader.cancel(error).catch(() => {});
    writer.abort(error).catch(() => {});
    throw error;
  } finally {
    reader.releaseLock();
    writer.releaseLock();
  }
}

/** Gives pieces as one, in memory that is used again for the next ones. */
function createGatherer(): (pieces: readonly Uint8Array[]) => Uint8Array {
  let memory = new Uint8Array(0);
  return (pieces) => {
    const [first] = pieces;
    if (first !== undefined && pieces.length === 1) return first;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (memory.length < length) memory = new Uint8Array(length);
    let offset = 0;
    for (const piece of pieces) {
      memory.set(piece, offset);
      offset += piece.length;
    }
    return memory.subarray(0, length);
  };
}

type CarryReader = {
  /** Reads some bytes and gives them behind the carried ones in one buffer; null at the end. */
  readBehind(carry: Uint8Array): Promise<Uint8Array | null>;
  cancel(reason: unknown): Promise<void>;
};

function openReader(source: ReadableStream<Uint8Array>): CarryReader {
  try {
    return readInLargeChunks(source.getReader({ mode: "byob" }));
  } catch (error) {
    // A stream that is no byte stream has no such reader; a locked one fails again below.
    if (!(error instanceof TypeError)) throw error;
    return readAsGiven(source.getReader());
  }
}

function readInLargeChunks(reader: ReadableStreamBYOBReader): CarryReader {
  let readBytes = MIN_READ_BYTES;
  let memory = new ArrayBuffer(readBytes);
  return {
    async readBehind(carry) {
      if (memory.byteLength < carry.length + readBytes / 2) {
        memory = new ArrayBuffer(carry.length + readBytes);
      }
      const room = new Uint8Array(memory, carry.length);
      const roomBytes = room.length;
      const { done, value } = await reader.read(room);
      if (done || value === undefined) return null;
      if (value.byteLength === roomBytes) {
        readBytes = Math.min(readBytes * READ_GROWTH, MAX_READ_BYTES);
      }
      memory = value.buffer as ArrayBuffer;
      new Uint8Array(memory).set(carry);
      return new Uint8Array(memory, 0, carry.length + value.byteLength);
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

function readAsGiven(reader: ReadableStreamDefaultReader<Uint8Array>): CarryReader {
  return {
    async readBehind(carry) {
      const { done, value } = await reader.read();
      if (done) return null;
      return carry.length === 0 ? value : joinBytes([carry, value]);
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

// @ts-check

// As much as the egress, too, takes as a whole.
const MAX_COLLECTED_BYTES = 1024 * 1024;
// What is in memory is read at once; what takes longer is made while it is sent.
const MAX_COLLECTING_MS = 50;

/**
 * A body, and whether it can be sent a second time.
 *
 * @typedef {{ body: NonNullable<RequestInit["body"]> | null, isReplayable: boolean }} TakenBody
 */

/**
 * Takes the body of a request, so that one that is in memory is sent with its Content-Length and can
 * follow a redirect; a stream is handed on as it comes. A Request shows even a string as a stream,
 * so a Request's own body is collected if it ends within 1 MiB and 50 ms.
 *
 * @param {Request} request
 * @param {RequestInit | undefined} init from which the request was made
 * @returns {Promise<TakenBody>}
 */
export async function takeBody(request, init) {
  const given = init?.body ?? null;
  // A copy, as the caller may write into the bytes once fetch was called.
  if (isBytes(given)) return { body: new Blob([given]), isReplayable: true };
  if (given !== null && !isStream(given)) return { body: given, isReplayable: true };
  if (request.body === null) return { body: null, isReplayable: true };
  if (given !== null) return { body: request.body, isReplayable: false };
  return collect(request.body);
}

/**
 * @param {unknown} body
 * @returns {body is ArrayBuffer | ArrayBufferView<ArrayBuffer>}
 */
function isBytes(body) {
  return body instanceof ArrayBuffer || ArrayBuffer.isView(body);
}

/**
 * @param {unknown} body
 * @returns {boolean}
 */
export function isStream(body) {
  if (body instanceof ReadableStream) return true;
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

/**
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {Promise<TakenBody>}
 */
async function collect(stream) {
  const reader = stream.getReader();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  let length = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<null>} */
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, MAX_COLLECTING_MS, null);
  });
  try {
    while (length <= MAX_COLLECTED_BYTES) {
      const pending = reader.read();
      // A failing stream fails where it is sent, as it would without us.
      const read = await Promise.race([pending.catch(() => null), late]);
      if (read?.done) return { body: new Blob(chunks), isReplayable: true };
      if (!(read?.value instanceof Uint8Array)) return resume(reader, chunks, pending);
      chunks.push(/** @type {Uint8Array<ArrayBuffer>} */ (read.value));
      length += read.value.byteLength;
    }
    return resume(reader, chunks, reader.read());
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Makes a stream of what was read already, what is being read, and the rest.
 *
 * @param {ReadableStreamDefaultReader<Uint8Array>} reader
 * @param {Uint8Array[]} chunks
 * @param {ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]>} pending
 * @returns {TakenBody}
 */
function resume(reader, chunks, pending) {
  /** @type {ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]> | null} */
  let next = pending;
  // Its failure is told to whoever reads the stream; nobody may.
  next.catch(() => {});
  const body = new ReadableStream({
    async pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) return controller.enqueue(chunk);
      const read = await (next ?? reader.read());
      next = null;
      if (read.done) controller.close();
      else controller.enqueue(read.value);
    },
    cancel(reason) {
      return reader.cancel(reason);
    },
  });
  return { body, isReplayable: false };
}

import { EgretError } from "../../../shared/errors.ts";
import type { Upload } from "../substitution/upload.ts";

/** A request as it goes upstream. */
export type UpstreamRequest = {
  href: string;
  method: string;
  headers: Headers;
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null;
  /** How a streaming body comes along; without it the body is taken for gone at once. */
  upload?: Upload;
  /**
   * The request as it came, where its own body goes with GET or HEAD, since a new one may have none;
   * `body` is null then. It may not have been read.
   */
  original?: Request;
};

/**
 * How the upstream is reached. `timeoutMs` is how long it may take to be there, which shows when it
 * takes the first bytes of a streaming body, and from when the request has gone until its answer can be
 * handed on: an upload takes the time that it takes. After one that failed there is less time.
 */
export type UpstreamConnection = {
  fetch: (target: string | Request, init: RequestInit) => Promise<Response>;
  timeoutMs: number;
};

// Where an upload came to nothing, its upstream has answered already, or its client is gone.
const FAILED_UPLOAD_TIMEOUT_MS = 2_000;

/**
 * Sends a request upstream and gives what `receive` makes of the answer, which comes as it is; a
 * redirect is an answer. Throws UPSTREAM_TIMEOUT where that took too long, UPSTREAM_UNREACHABLE
 * where no whole answer can be had, and leaves no connection behind then. The runtime's own message
 * is not told: it may hold the URL.
 */
export async function fetchUpstream<T>(
  { href, method, headers, body, upload, original }: UpstreamRequest,
  connection: UpstreamConnection,
  receive: (answer: Response) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  let isLate = false;
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopTimer = () => clearTimeout(timer);
  const startTimer = (limitMs: number) => {
    stopTimer();
    if (isOver) return;
    timer = setTimeout(() => {
      isLate = true;
      controller.abort();
    }, limitMs);
  };
  const { timeoutMs } = connection;
  if (upload === undefined) startTimer(timeoutMs);
  else {
    upload.offered.then(() => startTimer(timeoutMs));
    upload.taken.then(stopTimer);
    upload.sent.then(
      () => startTimer(timeoutMs),
      () => startTimer(Math.min(timeoutMs, FAILED_UPLOAD_TIMEOUT_MS)),
    );
  }
  try {
    const target = original === undefined ? href : new Request(href, original);
    const answer = await connection.fetch(target, {
      ...(original === undefined ? { method, body } : {}),
      headers,
      redirect: "manual",
      signal: upload === undefined ? signal : AbortSignal.any([signal, upload.broken]),
      // No answer may come from, or go to, a cache that other sandboxes share.
      cache: "no-store",
    });
    return await receive(answer);
  } catch (error) {
    controller.abort();
    if (error instanceof EgretError) throw error;
    if (isLate) throw new EgretError("UPSTREAM_TIMEOUT", "The upstream did not answer in time");
    throw new EgretError("UPSTREAM_UNREACHABLE", "The upstream cannot be reached", {
      cause: error,
    });
  } finally {
    isOver = true;
    stopTimer();
  }
}

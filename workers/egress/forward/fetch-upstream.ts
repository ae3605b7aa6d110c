import { EgretError } from "../../../shared/errors.ts";

/** A request as it goes upstream. */
export type UpstreamRequest = {
  href: string;
  method: string;
  headers: Headers;
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null;
};

/** How the upstream is reached. `timeoutMs` runs until its answer can be handed on. */
export type UpstreamConnection = {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  timeoutMs: number;
};

/**
 * Sends a request upstream and gives what `receive` makes of the answer, which comes as it is; a
 * redirect is an answer. Throws UPSTREAM_TIMEOUT where that took too long, UPSTREAM_UNREACHABLE
 * where no whole answer can be had, and leaves no connection behind then. The runtime's own message
 * is not told: it may hold the URL.
 */
export async function fetchUpstream<T>(
  { href, method, headers, body }: UpstreamRequest,
  connection: UpstreamConnection,
  receive: (answer: Response) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, connection.timeoutMs);
  try {
    const answer = await connection.fetch(href, {
      method,
      headers,
      body,
      redirect: "manual",
      signal: controller.signal,
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
    clearTimeout(timer);
  }
}

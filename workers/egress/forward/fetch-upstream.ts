import { EgretError } from "../../../shared/errors.ts";

/** A request as it goes upstream. */
export type UpstreamRequest = {
  href: string;
  method: string;
  headers: Headers;
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null;
};

/** How the upstream is reached. `timeoutMs` runs until the answer's headers are there. */
export type UpstreamConnection = {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  timeoutMs: number;
};

/**
 * Sends a request upstream and gives the answer as it came; a redirect is an answer. Throws
 * UPSTREAM_TIMEOUT where no answer began in time, UPSTREAM_UNREACHABLE where none can be had. The
 * runtime's own message is not told: it may hold the URL.
 */
export async function fetchUpstream(
  { href, method, headers, body }: UpstreamRequest,
  connection: UpstreamConnection,
): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), connection.timeoutMs);
  try {
    return await connection.fetch(href, {
      method,
      headers,
      body,
      redirect: "manual",
      signal: timeout.signal,
    });
  } catch {
    if (timeout.signal.aborted) {
      throw new EgretError("UPSTREAM_TIMEOUT", "The upstream did not answer in time");
    }
    throw new EgretError("UPSTREAM_UNREACHABLE", "The upstream cannot be reached");
  } finally {
    clearTimeout(timer);
  }
}

import type { RequestOrigin } from "../services/context.ts";

const MAX_LENGTH = 512;

/** Reads where a request came from. Cloudflare sets the address; the rest is the client's word. */
export function readRequestOrigin(headers: Pick<Headers, "get">): RequestOrigin {
  return {
    ipAddress: readHeader(headers, "CF-Connecting-IP"),
    userAgent: readHeader(headers, "User-Agent"),
    source: readHeader(headers, "X-Daytona-Source"),
  };
}

function readHeader(headers: Pick<Headers, "get">, name: string): string | null {
  // A cut may fall between the halves of a surrogate pair.
  return headers.get(name)?.slice(0, MAX_LENGTH).toWellFormed() ?? null;
}

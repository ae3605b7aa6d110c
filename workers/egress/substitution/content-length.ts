/** Parses Content-Length (RFC 9110, section 8.6), in bytes; null where there is none that is valid. */
export function parseContentLength(header: string | null): number | null {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

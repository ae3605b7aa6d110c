import { EgretError } from "../../../shared/errors.ts";
import { MAX_REQUEST_BODY_BYTES } from "../../../shared/limits.ts";
import { parseStrictJson } from "./strict-json.ts";

/**
 * Reads a request's JSON body; undefined where it has none. UNSUPPORTED_MEDIA_TYPE for another
 * type, PAYLOAD_TOO_LARGE past the limit (counted while it is read), INVALID_REQUEST for what is
 * not UTF-8 or not strict JSON.
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  if (!isJson(request.headers.get("Content-Type"))) {
    throw new EgretError("UNSUPPORTED_MEDIA_TYPE", "The body must be of type application/json");
  }
  return parseStrictJson(decodeUtf8(bytes));
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new EgretError("INVALID_REQUEST", "The body is not valid JSON in UTF-8");
  }
}

function isJson(contentType: string | null): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > MAX_REQUEST_BODY_BYTES) {
      throw new EgretError(
        "PAYLOAD_TOO_LARGE",
        `The body is larger than ${MAX_REQUEST_BODY_BYTES} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return concatenate(chunks, length);
}

function concatenate(chunks: Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

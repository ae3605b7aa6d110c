import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The unit of which long bodies are made. */
export const BLOCK_BYTES = 1024 * 1024;

/** Makes 1 MiB of English prose with a text in its middle. */
export function createTextBlock(inserted: string): Buffer {
  const prose = readFileSync(join(import.meta.dirname, "../../LICENSE"));
  const block = Buffer.alloc(BLOCK_BYTES, prose);
  block.write(inserted, BLOCK_BYTES / 2);
  return block;
}

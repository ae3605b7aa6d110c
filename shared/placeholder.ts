/** What every placeholder begins with. */
export const PLACEHOLDER_PREFIX = "dtn_secret_";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const RANDOM_LENGTH = 32;

/** Length of a placeholder in characters, which are all ASCII. */
export const PLACEHOLDER_LENGTH = PLACEHOLDER_PREFIX.length + RANDOM_LENGTH;

// The largest multiple of 36 that fits a byte: bytes from there on would favour some letters.
const UNBIASED_BYTES = 256 - (256 % ALPHABET.length);

/**
 * Makes a new placeholder: `dtn_secret_` and 32 characters of `[a-z0-9]` (165 bits) from the
 * CSPRNG, by rejection, so that every character is equally likely.
 */
export function createPlaceholder(): string {
  let random = "";
  while (random.length < RANDOM_LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(RANDOM_LENGTH))) {
      if (byte < UNBIASED_BYTES && random.length < RANDOM_LENGTH) {
        random += ALPHABET[byte % ALPHABET.length];
      }
    }
  }
  return PLACEHOLDER_PREFIX + random;
}

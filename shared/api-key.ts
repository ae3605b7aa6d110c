const API_KEY = /^dtn_[0-9a-f]{64}$/;
const RANDOM_BYTES = 32;
const PREFIX_LENGTH = 8;
const SUFFIX_LENGTH = 3;

/** What is stored of an API key: its hash, and what its owner may see of it again. */
export type StoredApiKey = {
  /** SHA-256 of the key, in lower-case hex: the key is random, so it needs no salt. */
  hash: string;
  prefix: string;
  suffix: string;
};

/** Makes a new API key: `dtn_` and 64 lower-case hex digits (256 bits) from the CSPRNG. */
export function createApiKey(): string {
  return `dtn_${toHex(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)))}`;
}

/** Whether a text has the form of an API key. */
export function isApiKey(text: string): boolean {
  return API_KEY.test(text);
}

/** Gives what is stored of an API key. */
export async function toStoredApiKey(key: string): Promise<StoredApiKey> {
  return {
    hash: await hashApiKey(key),
    prefix: key.slice(0, PREFIX_LENGTH),
    suffix: key.slice(-SUFFIX_LENGTH),
  };
}

/** SHA-256 of an API key in lower-case hex: what it is looked up by. */
export async function hashApiKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return toHex(new Uint8Array(digest));
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

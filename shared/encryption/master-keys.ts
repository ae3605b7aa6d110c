import { base64url, type CryptoKey } from "jose";

const MASTER_KEY_BYTES = 32;
const MAX_DERIVED_KEYS = 1000;
// Names purpose and format, so that no other use of a master key can derive the same key.
const ORGANIZATION_KEY_INFO = new TextEncoder().encode("egret organization key v1");

/** The master keys of a deployment: the current one seals, all of them open. */
export type MasterKeys = {
  readonly currentKeyId: string;
  readonly keyIds: readonly string[];
  /** Derives an organization's key-wrapping key; null where no master key has this id. */
  deriveOrganizationKey(keyId: string, organizationId: string): Promise<CryptoKey | null>;
};

/**
 * Parses the Worker secret MASTER_KEYS: a JWK Set (RFC 7517) of symmetric keys (`kty` "oct", `k`
 * 32 bytes in base64url) with distinct `kid`s; the first is current.
 * Throws a TypeError that names the fault and never the key.
 */
export function parseMasterKeys(json: string): MasterKeys {
  const keys = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [index, jwk] of parseKeySet(json).entries()) {
    const { kty, kid, k } = jwk;
    if (kty !== "oct") throw new TypeError(`key ${index} is not of type "oct"`);
    if (typeof kid !== "string" || kid === "") throw new TypeError(`key ${index} has no kid`);
    if (keys.has(kid)) throw new TypeError(`key ${index} repeats a kid`);
    keys.set(kid, decodeKey(k, index));
  }
  const [currentKeyId] = keys.keys();
  if (currentKeyId === undefined) throw new TypeError("the set holds no key");
  return { currentKeyId, keyIds: [...keys.keys()], deriveOrganizationKey: rememberDerived(keys) };
}

function parseKeySet(json: string): Record<string, unknown>[] {
  let set: unknown;
  try {
    set = JSON.parse(json);
  } catch {
    // The parser's own message would quote the text.
    throw new TypeError("not JSON");
  }
  const keys = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.some((key) => typeof key !== "object" || key === null)) {
    throw new TypeError("not a JWK Set");
  }
  return keys;
}

function decodeKey(k: unknown, index: number): Uint8Array<ArrayBuffer> {
  if (typeof k !== "string") throw new TypeError(`key ${index} has no k`);
  let bytes: Uint8Array;
  try {
    bytes = base64url.decode(k);
  } catch {
    throw new TypeError(`key ${index} is not base64url`);
  }
  if (bytes.length !== MASTER_KEY_BYTES) {
    throw new TypeError(`key ${index} is not ${MASTER_KEY_BYTES} bytes long`);
  }
  return new Uint8Array(bytes);
}

function rememberDerived(
  keys: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): MasterKeys["deriveOrganizationKey"] {
  // Keys are kept and not promises: in a Worker a promise dies with the request that made it.
  const derived = new Map<string, CryptoKey>();
  return async (keyId, organizationId) => {
    const masterKey = keys.get(keyId);
    if (masterKey === undefined) return null;
    const name = `${keyId} ${organizationId}`;
    const known = derived.get(name);
    if (known !== undefined) return known;
    const key = await deriveKey(masterKey, organizationId);
    const [oldest] = derived.keys();
    if (oldest !== undefined && derived.size >= MAX_DERIVED_KEYS) derived.delete(oldest);
    derived.set(name, key);
    return key;
  };
}

/** HKDF-SHA-256 (RFC 5869); the organization id is the salt. */
async function deriveKey(
  masterKey: Uint8Array<ArrayBuffer>,
  organizationId: string,
): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", masterKey, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new TextEncoder().encode(organizationId),
      info: ORGANIZATION_KEY_INFO,
    },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

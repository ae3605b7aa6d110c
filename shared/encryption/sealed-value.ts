import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from "jose";
import { SecretValue } from "../secret-value.ts";
import type { MasterKeys } from "./master-keys.ts";

const KEY_WRAPPING = "A256GCMKW";
const CONTENT_ENCRYPTION = "A256GCM";

/** The row that a sealed value belongs to: it opens there and nowhere else. */
export type SealedValueOwner = {
  organizationId: string;
  secretId: string;
  version: number;
};

/**
 * A sealed value that did not open. The message is the same for every cause; `reason` is for the
 * log and holds no part of the value.
 */
export class OpenSealedValueError extends Error {
  override readonly name = "OpenSealedValueError";
  readonly reason: string;
  readonly keyId: string | undefined;

  constructor(reason: string, keyId?: string) {
    super("The secret's value cannot be opened");
    this.reason = reason;
    this.keyId = keyId;
  }
}

/** A sealed value whose master key is not among the deployment's. */
export class MissingMasterKeyError extends OpenSealedValueError {
  constructor(keyId: string) {
    super("its master key is missing", keyId);
  }
}

/**
 * Seals a value for one row: a compact JWE (RFC 7516), its fresh data key wrapped by the
 * organization's key under the current master key. The protected header, which is authenticated,
 * carries `kid`, `org`, `sid` and `ver`.
 */
export async function sealValue(
  keys: MasterKeys,
  owner: SealedValueOwner,
  value: SecretValue,
): Promise<string> {
  const key = await keys.deriveOrganizationKey(keys.currentKeyId, owner.organizationId);
  if (key === null) throw new Error("the current master key is missing");
  return new CompactEncrypt(new TextEncoder().encode(value.reveal()))
    .setProtectedHeader({
      alg: KEY_WRAPPING,
      enc: CONTENT_ENCRYPTION,
      kid: keys.currentKeyId,
      org: owner.organizationId,
      sid: owner.secretId,
      ver: owner.version,
    })
    .encrypt(key);
}

/**
 * Opens a sealed value. Throws OpenSealedValueError where the header names another row or version
 * or the ciphertext is not authentic, and MissingMasterKeyError, one of them, without its key.
 */
export async function openSealedValue(
  keys: MasterKeys,
  owner: SealedValueOwner,
  sealed: string,
): Promise<SecretValue> {
  const { kid, org, sid, ver } = readHeader(sealed);
  if (org !== owner.organizationId || sid !== owner.secretId || ver !== owner.version) {
    throw new OpenSealedValueError("sealed for another row or version", kid);
  }
  const key = await keys.deriveOrganizationKey(kid, owner.organizationId);
  if (key === null) throw new MissingMasterKeyError(kid);
  try {
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: [KEY_WRAPPING],
      contentEncryptionAlgorithms: [CONTENT_ENCRYPTION],
    });
    return new SecretValue(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plaintext),
    );
  } catch {
    throw new OpenSealedValueError("not authentic", kid);
  }
}

/**
 * Seals a value of the same row and version anew, under the current master key. Throws
 * OpenSealedValueError where it does not open.
 */
export async function resealValue(
  keys: MasterKeys,
  owner: SealedValueOwner,
  sealed: string,
): Promise<string> {
  return sealValue(keys, owner, await openSealedValue(keys, owner, sealed));
}

/** The id of the master key that a sealed value needs. Throws OpenSealedValueError. */
export function readSealingKeyId(sealed: string): string {
  return readHeader(sealed).kid;
}

function readHeader(sealed: string): { kid: string; org: unknown; sid: unknown; ver: unknown } {
  try {
    const { kid, org, sid, ver } = decodeProtectedHeader(sealed) as Record<string, unknown>;
    if (typeof kid === "string") return { kid, org, sid, ver };
  } catch {
    // Falls through: a header that cannot be read is a header without a key id.
  }
  throw new OpenSealedValueError("not a sealed value");
}

import { randomBytes, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK } from "jose";

/** The secrets of one deployment, as the Workers read them from their bindings. */
export type DeploymentKeys = {
  /** MASTER_KEYS: a JWK Set with one symmetric key. */
  masterKeys: string;
  /** SANDBOX_TOKEN_SIGNING_KEYS (API): a JWK Set with one Ed25519 private key. */
  sandboxTokenSigningKeys: string;
  /** SANDBOX_TOKEN_JWKS (egress): the same set without the private parts. */
  sandboxTokenJwks: string;
};

/** Makes fresh keys for a deployment, each with its own `kid`. */
export async function createDeploymentKeys(): Promise<DeploymentKeys> {
  const { privateKey, publicKey } = await createSandboxTokenKeys();
  return {
    masterKeys: toKeySet([createMasterKey()]),
    sandboxTokenSigningKeys: toKeySet([privateKey]),
    sandboxTokenJwks: toKeySet([publicKey]),
  };
}

/** Makes a master key: 256 random bits, as a JWK (RFC 7517). */
export function createMasterKey(): JWK {
  return { kty: "oct", kid: randomUUID(), k: randomBytes(32).toString("base64url") };
}

/** Makes a pair of Ed25519 keys for sandbox tokens, as JWKs (RFC 8037) of one `kid`. */
export async function createSandboxTokenKeys(): Promise<{ privateKey: JWK; publicKey: JWK }> {
  const pair = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const name = { kid: randomUUID(), alg: "EdDSA", use: "sig" };
  return {
    privateKey: { ...(await exportJWK(pair.privateKey)), ...name },
    publicKey: { ...(await exportJWK(pair.publicKey)), ...name },
  };
}

/** Writes keys as a JWK Set, on one line. */
export function toKeySet(keys: readonly object[]): string {
  return JSON.stringify({ keys });
}

import { randomBytes, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";

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
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", {
    crv: "Ed25519",
    extractable: true,
  });
  const name = { kid: randomUUID(), alg: "EdDSA", use: "sig" };
  return {
    masterKeys: JSON.stringify({
      keys: [{ kty: "oct", kid: randomUUID(), k: randomBytes(32).toString("base64url") }],
    }),
    sandboxTokenSigningKeys: JSON.stringify({
      keys: [{ ...(await exportJWK(privateKey)), ...name }],
    }),
    sandboxTokenJwks: JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), ...name }] }),
  };
}

import { importJWK, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify, SignJWT } from "jose";

const ISSUER = "egret";
const AUDIENCE = "egress";
const ALGORITHM = "EdDSA";

type ImportedKey = Awaited<ReturnType<typeof importJWK>>;

/** Who a sandbox token speaks for, and until when (milliseconds since the epoch). */
export type SandboxIdentity = {
  sandboxId: string;
  organizationId: string;
  expiresAt: number;
};

/** Signs sandbox tokens with the deployment's current private key. */
export type SandboxTokenSigner = (identity: SandboxIdentity, now: number) => Promise<string>;

/** Verifies sandbox tokens; null for whatever is not a valid one at `now`. */
export type SandboxTokenVerifier = (token: string, now: number) => Promise<SandboxIdentity | null>;

/**
 * Makes a signer from a JWK Set of Ed25519 private keys (RFC 8037), of which the first signs. The
 * token is a JWT (RFC 7519) with `iss`, `aud`, `sub` (sandbox id), `org`, `iat` and `exp`.
 * Throws a TypeError where the set holds no such key.
 */
export function createSandboxTokenSigner(privateKeysJson: string): SandboxTokenSigner {
  const [jwk] = parseKeySet(privateKeysJson).keys;
  if (jwk?.crv !== "Ed25519" || typeof jwk.d !== "string" || typeof jwk.kid !== "string") {
    throw new TypeError("the first key is no Ed25519 private key with a kid");
  }
  const kid = jwk.kid;
  let key: ImportedKey | undefined;
  return async (identity, now) => {
    key ??= await importJWK(jwk, ALGORITHM);
    return new SignJWT({ org: identity.organizationId })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: "JWT" })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(identity.sandboxId)
      .setIssuedAt(Math.floor(now / 1000))
      .setExpirationTime(Math.floor(identity.expiresAt / 1000))
      .sign(key);
  };
}

/**
 * Makes a verifier from a JWK Set of Ed25519 public keys; a token's `kid` picks among them.
 * Throws a TypeError where the set is not one.
 */
export function createSandboxTokenVerifier(publicKeysJson: string): SandboxTokenVerifier {
  const findKey = createKeyFinder(parseKeySet(publicKeysJson));
  return async (token, now) => {
    try {
      const { payload } = await jwtVerify(token, findKey, {
        issuer: ISSUER,
        audience: AUDIENCE,
        algorithms: [ALGORITHM],
        requiredClaims: ["sub", "org", "exp"],
        currentDate: new Date(now),
      });
      const { sub, org, exp } = payload;
      if (typeof sub !== "string" || typeof org !== "string" || exp === undefined) return null;
      return { sandboxId: sub, organizationId: org, expiresAt: exp * 1000 };
    } catch {
      return null;
    }
  };
}

/**
 * Finds a key by the `kid` of a token. Imported keys are kept and not promises: in a Worker a
 * promise dies with the request that made it.
 */
function createKeyFinder({ keys }: JSONWebKeySet): JWTVerifyGetKey {
  const imported = new Map<string, ImportedKey>();
  return async ({ kid = "" }) => {
    const known = imported.get(kid);
    if (known !== undefined) return known;
    const jwk = keys.find((one) => one.kid === kid && one.crv === "Ed25519");
    if (jwk === undefined) throw new TypeError("no key has this kid");
    const key = await importJWK(jwk, ALGORITHM);
    imported.set(kid, key);
    return key;
  };
}

function parseKeySet(json: string): JSONWebKeySet {
  let set: unknown;
  try {
    set = JSON.parse(json);
  } catch {
    // The parser's own message would quote the text.
    throw new TypeError("not JSON");
  }
  if (!Array.isArray((set as { keys?: unknown } | null)?.keys)) {
    throw new TypeError("not a JWK Set");
  }
  return set as JSONWebKeySet;
}

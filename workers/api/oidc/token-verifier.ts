import { createLocalJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { EgretError } from "../../../shared/errors.ts";
import { MAX_USER_ID_LENGTH } from "../../../shared/limits.ts";
import { isStorableText } from "../../../shared/text.ts";
import type { UserIdentity } from "../services/authenticate-user.ts";
import type { IssuerKeys } from "./issuer-keys.ts";

const CLOCK_TOLERANCE_SECONDS = 60;
const MAX_EMAIL_LENGTH = 320;

// Signatures only: whoever can check a MAC can also make one.
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

const CLAIM_FAULTS: Record<string, string> = {
  iss: "The token is another issuer's",
  aud: "The token is for another audience",
  nbf: "The token is not valid yet",
};

/**
 * Tells whom a token (a signed JWT, RFC 7519) names at `now` (milliseconds since the epoch).
 * UNAUTHORIZED for a token that is not a valid one of the issuer for the audience,
 * SERVICE_UNAVAILABLE where the issuer's keys are not to be had.
 */
export type TokenVerifier = (token: string, now: number) => Promise<UserIdentity>;

/** Makes the verifier of an issuer's tokens for an audience. */
export function createTokenVerifier(
  { issuer, audience }: { issuer: string; audience: string },
  keys: IssuerKeys,
): TokenVerifier {
  return async (token, now) => {
    const options: JWTVerifyOptions = {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ["sub", "exp"],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
    };
    try {
      return readIdentity(await verifyWithKeys(token, options, keys, now));
    } catch (error) {
      throw error instanceof errors.JOSEError ? createRefusal(error) : error;
    }
  };
}

/** Verifies with the keys at hand and, where they lack the token's, with newer ones. */
async function verifyWithKeys(
  token: string,
  options: JWTVerifyOptions,
  keys: IssuerKeys,
  now: number,
): Promise<JWTPayload> {
  const resolveKey = async (...[header, jws]: Parameters<ReturnType<typeof createLocalJWKSet>>) => {
    const known = await keys.get(now);
    try {
      return await createLocalJWKSet(known)(header, jws);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const newer = await keys.getNewer(known, now);
      if (newer === null) throw error;
      return createLocalJWKSet(newer)(header, jws);
    }
  };
  return (await jwtVerify(token, resolveKey, options)).payload;
}

function readIdentity({ sub, email, email_verified: isVerified }: JWTPayload): UserIdentity {
  if (!isText(sub, MAX_USER_ID_LENGTH)) {
    throw new EgretError("UNAUTHORIZED", "The token's claim sub is no id of a user");
  }
  // An address that anyone can claim says nothing; neither may it stand in the audit log.
  const isKnown = isText(email, MAX_EMAIL_LENGTH) && isVerified !== false;
  return { userId: sub, email: isKnown ? email : null };
}

function isText(value: unknown, maxLength: number): value is string {
  return (
    typeof value === "string" && value !== "" && value.length <= maxLength && isStorableText(value)
  );
}

function createRefusal(error: InstanceType<typeof errors.JOSEError>): EgretError {
  return new EgretError("UNAUTHORIZED", describeFault(error));
}

function describeFault(error: InstanceType<typeof errors.JOSEError>): string {
  if (error instanceof errors.JWTExpired) return "The token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    return CLAIM_FAULTS[error.claim] ?? `The token's claim ${error.claim} is missing or wrong`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return "The token is signed with an algorithm that is not accepted";
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return "The token is signed with a key that its issuer does not have";
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return "The token does not say which of its issuer's keys it is signed with";
  }
  return "The token is not valid";
}

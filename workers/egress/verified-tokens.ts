import type { SandboxIdentity, SandboxTokenVerifier } from "../../shared/sandbox-token.ts";
import { BoundedMap } from "./bounded-map.ts";

const MAX_TOKENS_REMEMBERED = 1000;

/** Remembers the tokens that a verifier found valid until they expire, so each is checked once. */
export function rememberVerified(verify: SandboxTokenVerifier): SandboxTokenVerifier {
  const verified = new BoundedMap<string, SandboxIdentity>({
    maxEntries: MAX_TOKENS_REMEMBERED,
  });
  return async (token, now) => {
    const known = verified.get(token);
    if (known !== undefined && now < known.expiresAt) return known;
    const identity = await verify(token, now);
    if (identity === null) verified.delete(token);
    else verified.set(token, identity);
    return identity;
  };
}

import type { JSONWebKeySet } from "jose";

/** How an issuer is reached. */
export type IssuerLocation = {
  /** The issuer as its tokens name it, with or without a slash at its end. */
  issuer: string;
  timeoutMs: number;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
};

/** An issuer that cannot be reached, or whose documents are not what they should be. */
export class IssuerError extends Error {
  override readonly name = "IssuerError";
}

/**
 * Fetches an issuer's public keys (RFC 7517): from where its discovery document says (OpenID Connect
 * Discovery 1.0, section 4), or from `/.well-known/jwks.json` where it has none.
 * Throws IssuerError, or what `fetch` throws.
 */
export async function fetchKeySet(location: IssuerLocation): Promise<JSONWebKeySet> {
  const base = location.issuer.replace(/\/+$/, "");
  const discovery = await fetchJson(location, `${base}/.well-known/openid-configuration`);
  const url =
    discovery === null ? `${base}/.well-known/jwks.json` : readKeysUrl(discovery, location.issuer);
  const set = await fetchJson(location, url);
  if (!isKeySet(set)) throw new IssuerError("The issuer's keys are no JWK Set");
  return set;
}

function readKeysUrl(discovery: unknown, issuer: string): string {
  const { issuer: named, jwks_uri: url } = discovery as { issuer?: unknown; jwks_uri?: unknown };
  // A document of another issuer must not say whose keys count.
  if (named !== issuer) throw new IssuerError("The discovery document is another issuer's");
  const isSecureEnough =
    typeof url === "string" &&
    ["https:", URL.parse(issuer)?.protocol].includes(URL.parse(url)?.protocol);
  if (isSecureEnough) return url;
  throw new IssuerError("The discovery document's jwks_uri is no URL that is as secure as its own");
}

/** Null where there is no such document. */
async function fetchJson({ fetch, timeoutMs }: IssuerLocation, url: string): Promise<unknown> {
  const answer = await fetch(url, {
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (answer.status === 404) {
    await answer.body?.cancel();
    return null;
  }
  if (!answer.ok) throw new IssuerError(`The issuer answers with status ${answer.status}`);
  const document: unknown = await answer.json();
  if (typeof document === "object" && document !== null) return document;
  throw new IssuerError("The issuer answers with something else than a JSON object");
}

function isKeySet(document: unknown): document is JSONWebKeySet {
  const keys = (document as { keys?: unknown } | null)?.keys;
  return Array.isArray(keys) && keys.every((key) => typeof key === "object" && key !== null);
}

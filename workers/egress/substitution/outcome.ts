import type { Credential } from "./substitution.ts";

/** Where in a request a value was put. */
export type Place = "header" | "path" | "query" | "body";

/** Why a placeholder stayed as it was. */
export type Hindrance = "host-not-allowed" | "location-not-allowed" | "encoding-not-supported";

/** What became of the secrets of one request; filled while the request is substituted. */
export type Outcome = {
  readonly places: Map<Credential, Set<Place>>;
  readonly hindrances: Map<Credential, Set<Hindrance>>;
};

export function createOutcome(): Outcome {
  return { places: new Map(), hindrances: new Map() };
}

/** Adds one to the set kept for a credential. */
export function noteOutcome<T>(
  kept: Map<Credential, Set<T>>,
  credential: Credential,
  one: T,
): void {
  const known = kept.get(credential);
  if (known === undefined) kept.set(credential, new Set([one]));
  else known.add(one);
}

/**
 * Writes the outcome as the header Egret-Outcome: a List (RFC 9651) of Strings, each an environment
 * variable, with the parameters `outcome` (a Token) and, for `substituted`, `places` (a String).
 * Example: `"API_KEY";outcome=substituted;places="header body"`. Empty where no secret is concerned.
 */
export function renderOutcome(outcome: Outcome): string {
  const items: string[] = [];
  for (const [credential, places] of outcome.places) {
    for (const variable of credential.environmentVariables) {
      items.push(`"${variable}";outcome=substituted;places="${[...places].join(" ")}"`);
    }
  }
  for (const [credential, hindrances] of outcome.hindrances) {
    for (const variable of credential.environmentVariables) {
      for (const hindrance of hindrances) items.push(`"${variable}";outcome=${hindrance}`);
    }
  }
  return items.join(", ");
}

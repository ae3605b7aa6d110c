import { EgretError } from "../../../shared/errors.ts";
import type { SecretLocations } from "../../../shared/secret-locations.ts";
import { SecretValue } from "../../../shared/secret-value.ts";
import { NotEncodableError } from "./escapes.ts";
import { mayHoldCredential } from "./header-names.ts";
import { createMatcher, type Matcher, type Pattern } from "./matcher.ts";
import { noteOutcome, type Outcome, type Place } from "./outcome.ts";
import { listSpellingsOfAll } from "./spellings.ts";

/**
 * One mounted secret, as one host sees it: without a value where the host is not allowed, and with
 * the error to be thrown in its place where it does not open.
 */
export type Credential = {
  readonly secretId: string;
  readonly name: string;
  readonly placeholder: string;
  readonly environmentVariables: readonly string[];
  readonly value: SecretValue | EgretError | null;
  readonly locations: SecretLocations | null;
};

/** All that one sandbox's requests to one host need, made once and used for many. */
export type Substitution = {
  readonly credentials: readonly Credential[];
  findCredential(placeholder: string): Credential | undefined;
  /** Finds placeholders, also of secrets that the host may not receive. */
  readonly placeholders: Matcher<Credential>;
  /** Finds every spelling of the values that the host may receive; null where there is none. */
  readonly values: Matcher<Uint8Array> | null;
  /** About how much memory all this takes, in bytes. */
  readonly patternBytes: number;
};

const encoder = new TextEncoder();

// An isolate has 128 MB for all of its sandboxes; a hundred values of 64 KiB have 70 MB of spellings.
const MAX_SPELLINGS_BYTES = 8 * 1024 * 1024;
// The tables of the two matchers.
const MATCHERS_BYTES = 16 * 1024;

/** Prepares the substitution for one host; `credentials` may not be empty. */
export function createSubstitution(credentials: readonly Credential[]): Substitution {
  const byPlaceholder = new Map(credentials.map((one) => [one.placeholder, one]));
  const spellings = listPatterns(credentials);
  return {
    credentials,
    findCredential: (placeholder) => byPlaceholder.get(placeholder),
    placeholders: createMatcher(
      credentials.map((one) => ({ bytes: encoder.encode(one.placeholder), payload: one })),
    ),
    values: spellings.length === 0 ? null : createMatcher(spellings),
    patternBytes: spellings.reduce((sum, { bytes }) => sum + 128 + bytes.length, MATCHERS_BYTES),
  };
}

function listPatterns(credentials: readonly Credential[]): Pattern<Uint8Array>[] {
  const values = credentials.map(({ value }) =>
    value instanceof SecretValue ? value.reveal() : "",
  );
  return listSpellingsOfAll(values, MAX_SPELLINGS_BYTES).flatMap((spellings, index) => {
    const payload = encoder.encode(credentials[index]?.placeholder);
    return spellings.map((bytes) => ({ bytes, payload }));
  });
}

/**
 * Gives a credential's value as it stands in one place, and notes it in the outcome; null, with the
 * reason noted, where the value may not go there. `name` is the header's or query parameter's.
 * Throws SECRET_NOT_ENCODABLE, naming the secret, where the place cannot hold the value, and the
 * credential's own error where its value does not open.
 */
export function placeValue<T>(
  credential: Credential,
  place: Place,
  name: string | null,
  outcome: Outcome,
  write: (value: string) => T,
): T | null {
  if (credential.value === null) {
    noteOutcome(outcome.hindrances, credential, "host-not-allowed");
    return null;
  }
  if (!allowsLocation(credential.locations, place, name)) {
    noteOutcome(outcome.hindrances, credential, "location-not-allowed");
    return null;
  }
  if (credential.value instanceof EgretError) throw credential.value;
  try {
    const written = write(credential.value.reveal());
    noteOutcome(outcome.places, credential, place);
    return written;
  } catch (error) {
    if (!(error instanceof NotEncodableError)) throw error;
    throw new EgretError(
      "SECRET_NOT_ENCODABLE",
      `The value of secret ${credential.name} cannot be put into the ${place}: ${error.message}`,
    );
  }
}

/**
 * Whether a secret's `locations` let it into a place; null is everywhere. No secret may go into a
 * header that carries no credential, whatever they say.
 */
export function allowsLocation(
  locations: SecretLocations | null,
  place: Place,
  name: string | null,
): boolean {
  if (place === "header" && name !== null && !mayHoldCredential(name)) return false;
  if (locations === null) return true;
  if (place === "path") return locations.path === true;
  if (place === "body") return locations.body === true;
  const names = place === "header" ? locations.headers : locations.query;
  return names === true || (Array.isArray(names) && name !== null && names.includes(name));
}

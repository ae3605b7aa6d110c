import type { Fields } from "./field-map.ts";
import type { HostGrants } from "./grants/sandbox.ts";
import { type BodyKind, getBodyKind } from "./substitution/body-kind.ts";
import { parseContentCodings } from "./substitution/content-coding.ts";
import { substituteHeaders } from "./substitution/headers.ts";
import { createOutcome, type Hindrance, type Place } from "./substitution/outcome.ts";
import { allowsLocation, createSubstitution } from "./substitution/substitution.ts";
import { substituteUrl } from "./substitution/url.ts";
import type { Target } from "./target.ts";

/** What would become of one mounted secret, were the request sent. */
type ExplainedSecret = {
  name: string;
  environmentVariables: readonly string[];
  hostAllowed: boolean;
  /** Where its placeholder stands in this request and would be replaced; a body is not asked for. */
  substitutedIn: Place[];
  /** Why it would stay, or stays in one of the places where it stands. */
  hindrances: Hindrance[];
  /** Whether it would be replaced in a body. */
  bodyAllowed: boolean;
};

/** What the egress would do with a request. */
export type Explanation = {
  target: string;
  host: string;
  /** How a body with these headers would be searched. */
  body: BodyKind | "encoding-not-supported";
  secrets: ExplainedSecret[];
};

/**
 * Says, without sending anything, which secrets a request would carry and where, and for the others
 * why not. Throws SECRET_NOT_ENCODABLE as sending would. `headers` are those that would go upstream,
 * and hold the values afterwards.
 */
export function explainRequest(
  target: Target,
  headers: Fields,
  { credentials }: HostGrants,
): Explanation {
  const outcome = createOutcome();
  if (credentials.length > 0) {
    const substitution = createSubstitution(credentials);
    substituteHeaders(headers, substitution, outcome);
    substituteUrl(target.href, substitution, outcome);
  }
  const isReadable = parseContentCodings(headers.get("Content-Encoding")) !== null;
  const body = getBodyKind(headers.get("Content-Type"));
  return {
    target: target.href,
    host: target.host,
    body: isReadable ? body : "encoding-not-supported",
    secrets: credentials.map((credential) => {
      const hostAllowed = credential.value !== null;
      const found = outcome.hindrances.get(credential) ?? [];
      return {
        name: credential.name,
        environmentVariables: credential.environmentVariables,
        hostAllowed,
        substitutedIn: [...(outcome.places.get(credential) ?? [])],
        hindrances: hostAllowed ? [...found] : ["host-not-allowed"],
        bodyAllowed:
          hostAllowed &&
          isReadable &&
          body !== "untouched" &&
          allowsLocation(credential.locations, "body", null),
      };
    }),
  };
}

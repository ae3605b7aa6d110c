import type { Fields } from "../field-map.ts";
import {
  parseBasicCredentials,
  replaceInBasicCredentials,
  writeBasicPassword,
  writeBasicUser,
} from "./basic-credentials.ts";
import { escapeHeader, isAscii, NotEncodableError } from "./escapes.ts";
import type { Outcome } from "./outcome.ts";
import { placeValue, type Substitution } from "./substitution.ts";
import { mayHoldPlaceholder, type ReplacePlaceholder, replacePlaceholders } from "./tokens.ts";

/**
 * Substitutes in the values of headers, in place. Throws SECRET_NOT_ENCODABLE where a header cannot
 * hold a value.
 */
export function substituteHeaders(
  headers: Fields,
  substitution: Substitution,
  outcome: Outcome,
): void {
  for (const [name, value] of [...headers]) {
    const replaced = substituteHeader(name, value, substitution, outcome);
    if (replaced !== value) headers.set(name, replaced);
  }
}

function substituteHeader(
  name: string,
  value: string,
  substitution: Substitution,
  outcome: Outcome,
): string {
  if (name !== "authorization" && !mayHoldPlaceholder(value)) return value;
  const replaceWith =
    (write: (value: string) => string): ReplacePlaceholder =>
    (placeholder) => {
      const credential = substitution.findCredential(placeholder);
      if (credential === undefined) return null;
      return placeValue(credential, "header", name, outcome, (plain) => {
        if (isAscii(value)) return write(plain);
        // The runtime's warning about such a header would put the value beside it into the log.
        throw new NotEncodableError("it stands beside a character outside ASCII");
      });
    };
  if (name === "authorization") {
    const credentials = parseBasicCredentials(value);
    if (credentials === "invalid") return value;
    const replaced =
      credentials &&
      replaceInBasicCredentials(
        credentials,
        replaceWith(writeBasicUser),
        replaceWith(writeBasicPassword),
      );
    // Where the decoded text held none, a placeholder may stand for the whole of the base64.
    if (replaced) return replaced;
  }
  return mayHoldPlaceholder(value) ? replacePlaceholders(value, replaceWith(escapeHeader)) : value;
}

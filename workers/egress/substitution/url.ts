import { escapeValue, NotEncodableError } from "./escapes.ts";
import type { Outcome, Place } from "./outcome.ts";
import { placeValue, type Substitution } from "./substitution.ts";
import { mayHoldPlaceholder, replacePlaceholders } from "./tokens.ts";

/**
 * Substitutes in the path and the query of a URL, which is as `URL.href` gives it, without a
 * fragment. All other bytes stay. Throws SECRET_NOT_ENCODABLE where the URL cannot hold a value.
 */
export function substituteUrl(href: string, substitution: Substitution, outcome: Outcome): string {
  if (!mayHoldPlaceholder(href)) return href;
  const pathStart = href.indexOf("/", href.indexOf("://") + 3);
  const queryStart = href.indexOf("?");
  const pathEnd = queryStart === -1 ? href.length : queryStart;
  const replace = (text: string, place: Place, name: string | null, write: typeof writePath) =>
    replacePlaceholders(text, (placeholder) => {
      const credential = substitution.findCredential(placeholder);
      if (credential === undefined) return null;
      return placeValue(credential, place, name, outcome, write);
    });
  const path = replace(href.slice(pathStart, pathEnd), "path", null, writePath);
  const query = href
    .slice(pathEnd + 1)
    .replace(/[^&]+/g, (parameter) =>
      replace(parameter, "query", readParameterName(parameter), writeQuery),
    );
  return href.slice(0, pathStart) + path + href.slice(pathEnd, pathEnd + 1) + query;
}

function writePath(value: string): string {
  if (value === "." || value === "..") {
    throw new NotEncodableError("a path cannot hold a dot segment as data");
  }
  return escapeValue("percent", value);
}

function writeQuery(value: string): string {
  return escapeValue("percent", value);
}

/** A query parameter's name as the upstream reads it (WHATWG URL, section 5.1). */
function readParameterName(parameter: string): string {
  // The parser drops one question mark at the beginning; a second one belongs to the name.
  const [[name = ""] = []] = new URLSearchParams(`?${parameter}`);
  return name;
}

import { escapeValue } from "./escapes.ts";

// Characters that encoders of JSON escape beyond what JSON asks for: none; Go and Rails; PHP where
// it is told to; Gson.
const ESCAPED_IN_JSON = [null, /[<>&\u2028\u2029]/g, /[<>&'\u2028\u2029]/g, /[<>&'=\u2028\u2029]/g];
// System.Text.Json escapes these, and the quotation mark as a number.
const ESCAPED_BY_DOTNET = /\\.|[&'+<>`\x7f-\uffff]/g;

/** The ways in which encoders of JSON write a text inside a string. */
export function* spellJson(text: string): Generator<string> {
  const plain = escapeValue("json", text);
  for (const pattern of ESCAPED_IN_JSON) {
    const escaped = pattern === null ? plain : plain.replace(pattern, escapeUnicode);
    // Python and PHP escape all that is not ASCII, PHP also the slash.
    for (const withSlash of [escaped, escaped.replaceAll("/", "\\/")]) {
      yield* inBothCases(withSlash);
      yield* inBothCases(withSlash.replace(/[^\0-\x7f]/g, escapeUnicode));
    }
  }
  yield* inBothCases(
    plain.replace(ESCAPED_BY_DOTNET, (match) => {
      if (match === '\\"') return escapeUnicode('"');
      return match.startsWith("\\") ? match : escapeUnicode(match);
    }),
  );
}

function escapeUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function inBothCases(json: string): string[] {
  // An escaped backslash before a `u` is no escape.
  const inUpperCase = json.replace(/\\(?:u([0-9a-f]{4})|.)/g, (escaped, digits?: string) =>
    digits === undefined ? escaped : `\\u${digits.toUpperCase()}`,
  );
  return [json, inUpperCase];
}

const QUOTES = ["&quot;", "&#34;", '"'];
const APOSTROPHES = ["&#39;", "'", "&#x27;", "&#039;", "&apos;"];
// What template engines escape beside that: Go's, Handlebars, Mustache.
const ESCAPED_BY_ENGINES: Record<string, string>[] = [
  { '"': "&#34;", "'": "&#39;", "+": "&#43;" },
  { '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;" },
  { '"': "&quot;", "'": "&#39;", "`": "&#x60;", "=": "&#x3D;", "/": "&#x2F;" },
];

/** The ways in which encoders of XML and HTML write a text. */
export function* spellMarkup(value: string): Generator<string> {
  const markup = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const text = markup.replaceAll(">", "&gt;");
  for (const quote of QUOTES) {
    const quoted = text.replaceAll('"', quote);
    for (const apostrophe of APOSTROPHES) yield quoted.replaceAll("'", apostrophe);
  }
  yield markup;
  for (const entities of ESCAPED_BY_ENGINES) {
    yield text.replace(/["'+`=/]/g, (character) => entities[character] ?? character);
  }
  const withQuotes = text.replaceAll('"', "&quot;");
  for (const quoted of [withQuotes.replaceAll("'", "&#39;"), withQuotes]) {
    yield quoted.replace(/[\t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`);
    yield quoted.replace(
      /[\t\n\r]/g,
      (space) => `&#x${space.charCodeAt(0).toString(16).toUpperCase()};`,
    );
  }
}

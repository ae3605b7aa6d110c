/** One significant token of SQL: spaces and comments are left out. */
export type Token = {
  text: string;
  kind: "word" | "parameter" | "other";
  start: number;
  end: number;
};

// SQLite's lexical rules (its src/tokenize.c). A doubled quote inside a string reads as two strings
// side by side, which makes no difference here and keeps every alternative free of backtracking.
const SKIPPED = String.raw`[\t-\r \ufeff]+|--[^\n]*|/\*[^]*?(?:\*/|$)`;
const QUOTED = String.raw`'[^']*'?|"[^"]*"?|\x60[^\x60]*\x60?|\[[^\]]*\]?`;
const PARAMETER = String.raw`\?\d*|[$@:#](?:[\w$\u0080-\uffff]|::)+(?:\([^\s)]*\))?`;
const WORD = String.raw`[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`;
const NUMBER = String.raw`\d[\w]*`;
const TOKEN = new RegExp(`(${SKIPPED})|(?:${QUOTED})|(${PARAMETER})|(${WORD})|${NUMBER}|[^]`, "g");

/** Splits SQL into its tokens. Any string is accepted; what is not SQL is left to the engine. */
export function* readTokens(sql: string): Generator<Token> {
  for (const match of sql.matchAll(TOKEN)) {
    const [text, skipped, parameter, word] = match;
    if (skipped !== undefined) continue;
    const kind = parameter !== undefined ? "parameter" : word !== undefined ? "word" : "other";
    yield { text, kind, start: match.index, end: match.index + text.length };
  }
}

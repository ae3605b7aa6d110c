import { readTokens, type Token } from "./tokens.ts";

/** What a statement needs from the server before it may run. */
export type StatementKind =
  /** Reads only. */
  | "read"
  /** Changes the database: needs the write lock. */
  | "write"
  /** BEGIN IMMEDIATE or EXCLUSIVE: takes the write lock and keeps it. */
  | "begin-write"
  /** Other transaction control: BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE. */
  | "control"
  /** PRAGMA, VACUUM, ATTACH, DETACH: must run as they are, outside our own transaction. */
  | "other";

/** One statement of an SQL text and what can be told from its words. */
export type StatementText = {
  sql: string;
  kind: StatementKind;
  /** INSERT or REPLACE: the row id of the last insert means something. */
  isInsert: boolean;
  /** INSERT, REPLACE, UPDATE or DELETE: the count of changed rows means something. */
  isChange: boolean;
  isExplain: boolean;
  /** Leaves a trace in the connection (a pragma, an attached or temporary table, EXPLAIN). */
  altersConnection: boolean;
  /** Name by index (from 0) with its prefix; null where a parameter has none. */
  parameters: (string | null)[];
};

const CHANGE_WORDS = new Set(["INSERT", "REPLACE", "UPDATE", "DELETE"]);
const WRITE_WORDS = new Set([...CHANGE_WORDS, "CREATE", "DROP", "ALTER", "REINDEX", "ANALYZE"]);
const CONTROL_WORDS = new Set(["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"]);
const OTHER_WORDS = new Set(["PRAGMA", "VACUUM", "ATTACH", "DETACH"]);
const LOCKING_WORDS = new Set(["IMMEDIATE", "EXCLUSIVE"]);
const TEMPORARY_WORDS = new Set(["TEMP", "TEMPORARY"]);
const MAX_PARAMETER_NUMBER = 32_766;

/**
 * Splits an SQL text at its semicolons, as sqlite3_complete() does (a trigger's body stays whole),
 * and says of each statement what it is. Empty statements are dropped.
 */
export function splitStatements(sql: string): StatementText[] {
  const statements: StatementText[] = [];
  let tokens: Token[] = [];
  const finish = () => {
    const [first, last] = [tokens[0], tokens.at(-1)];
    if (first && last) statements.push(describeTokens(sql.slice(first.start, last.end), tokens));
    tokens = [];
  };
  for (const token of readTokens(sql)) {
    if (token.text === ";" && !isInsideTrigger(tokens)) finish();
    else tokens.push(token);
  }
  finish();
  return statements;
}

function isInsideTrigger(tokens: Token[]): boolean {
  const words = tokens.slice(0, 6).map(upperWord);
  const create = words.indexOf("CREATE");
  if (create !== 0 && words[0] !== "EXPLAIN") return false;
  const afterCreate = words[create + 1] ?? "";
  const trigger = TEMPORARY_WORDS.has(afterCreate) ? words[create + 2] : afterCreate;
  if (create === -1 || trigger !== "TRIGGER") return false;
  const [beforeLast, last] = tokens.slice(-2);
  return !(beforeLast?.text === ";" && last !== undefined && upperWord(last) === "END");
}

function describeTokens(sql: string, tokens: Token[]): StatementText {
  const words = tokens.filter((token) => token.kind === "word").map(upperWord);
  const isExplain = words[0] === "EXPLAIN";
  const verb = words[0] === "WITH" ? findVerbAfterWith(tokens) : (words[0] ?? "");
  const isSchemaChange = verb === "CREATE" || verb === "DROP" || verb === "ALTER";
  return {
    sql,
    kind: getKind(verb, words),
    isInsert: verb === "INSERT" || verb === "REPLACE",
    isChange: CHANGE_WORDS.has(verb),
    isExplain,
    altersConnection:
      isExplain ||
      OTHER_WORDS.has(verb) ||
      (isSchemaChange && words.some((word) => TEMPORARY_WORDS.has(word))),
    parameters: numberParameters(tokens),
  };
}

function getKind(verb: string, words: string[]): StatementKind {
  if (WRITE_WORDS.has(verb)) return "write";
  if (verb === "BEGIN" && LOCKING_WORDS.has(words[1] ?? "")) return "begin-write";
  if (CONTROL_WORDS.has(verb)) return "control";
  return OTHER_WORDS.has(verb) ? "other" : "read";
}

/** Finds the verb that the common table expressions serve: the first one outside of parentheses. */
function findVerbAfterWith(tokens: Token[]): string {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.text === "(") depth += 1;
    else if (token.text === ")") depth -= 1;
    if (depth > 0 || token.kind !== "word") continue;
    const word = upperWord(token);
    // REPLACE is also allowed as a table name
    const following = tokens[index + 1];
    if (word === "REPLACE" && !(following && upperWord(following) === "INTO")) continue;
    if (word === "SELECT" || word === "VALUES" || CHANGE_WORDS.has(word)) return word;
  }
  return "";
}

/** Numbers the parameters as SQLite does (https://www.sqlite.org/lang_expr.html#varparam). */
function numberParameters(tokens: Token[]): (string | null)[] {
  const names: (string | null)[] = [];
  for (const { kind, text } of tokens) {
    if (kind !== "parameter") continue;
    if (text === "?") {
      names.push(null);
    } else if (text.startsWith("?")) {
      const number = Number(text.slice(1));
      if (number < 1 || number > MAX_PARAMETER_NUMBER) continue;
      while (names.length < number) names.push(null);
      names[number - 1] ??= text;
    } else if (!names.includes(text)) {
      names.push(text);
    }
  }
  return names;
}

function upperWord(token: Token): string {
  return token.kind === "word" ? token.text.toUpperCase() : "";
}

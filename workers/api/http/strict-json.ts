import { EgretError } from "../../../shared/errors.ts";

const MAX_DEPTH = 32;
// A key is the caller's text.
const MAX_NAMED_LENGTH = 64;

/**
 * Parses JSON (RFC 8259) that every reader reads alike. INVALID_REQUEST where it is malformed, where
 * an object has a key twice or has `__proto__`, which some readers take for more than a key, and
 * where it is nested deeper than 32 levels.
 */
export function parseStrictJson(text: string): unknown {
  const value = parseJson(text);
  const fault = findFault(text);
  if (fault !== null) throw new EgretError("INVALID_REQUEST", fault);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the text, and with it a secret's value.
    throw new EgretError("INVALID_REQUEST", "The body is not valid JSON in UTF-8");
  }
}

/** Goes through JSON that is known to be well-formed, without recursion. */
function findFault(text: string): string | null {
  // For each object that is open its keys so far; null for a list.
  const open: (Set<string> | null)[] = [];
  let index = 0;
  while (index < text.length) {
    const sign = text[index];
    if (sign === '"') {
      const end = findStringEnd(text, index);
      const keys = open.at(-1);
      if (keys && isFollowedByColon(text, end)) {
        const fault = addKey(keys, JSON.parse(text.slice(index, end)));
        if (fault !== null) return fault;
      }
      index = end;
      continue;
    }
    if (sign === "{" || sign === "[") {
      open.push(sign === "{" ? new Set() : null);
      if (open.length > MAX_DEPTH) return `The body is nested deeper than ${MAX_DEPTH} levels`;
    } else if (sign === "}" || sign === "]") open.pop();
    index += 1;
  }
  return null;
}

function addKey(keys: Set<string>, key: string): string | null {
  if (key === "__proto__") return "__proto__: is not a name that is taken";
  if (keys.has(key)) return `${key.slice(0, MAX_NAMED_LENGTH)}: is given twice`;
  keys.add(key);
  return null;
}

/** The index after a string's closing quote. */
function findStringEnd(text: string, start: number): number {
  let index = start + 1;
  while (text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index + 1;
}

function isFollowedByColon(text: string, from: number): boolean {
  let index = from;
  while (" \t\r\n".includes(text[index] ?? "x")) index += 1;
  return text[index] === ":";
}

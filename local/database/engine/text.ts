/**
 * Says why the engine would not keep a text as it is: it cuts at a NUL character and replaces half
 * of a surrogate pair. @returns null for a text that is kept
 */
export function findTextFault(text: string): string | null {
  if (text.includes("\0")) return "a NUL character";
  return /\p{Surrogate}/u.test(text) ? "half of a surrogate pair" : null;
}

/** Whether every store keeps the text as it is: no NUL, and no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes("\0") && !/\p{Cs}/u.test(text);
}

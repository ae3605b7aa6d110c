import { PLACEHOLDER_PREFIX } from "../../../shared/placeholder.ts";

const PLACEHOLDER = new RegExp(`${PLACEHOLDER_PREFIX}[a-z0-9]{32}`, "g");

/** Gives what takes a placeholder's place; null leaves it as it is. */
export type ReplacePlaceholder = (placeholder: string) => string | null;

/** Whether a text may hold a placeholder: the cheap question before the search. */
export function mayHoldPlaceholder(text: string): boolean {
  return text.includes(PLACEHOLDER_PREFIX);
}

/** Replaces placeholders in a text, literally, once: what was put in is not searched. */
export function replacePlaceholders(text: string, replace: ReplacePlaceholder): string {
  return text.replace(PLACEHOLDER, (placeholder) => replace(placeholder) ?? placeholder);
}

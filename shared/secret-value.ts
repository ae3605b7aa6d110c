const REDACTED = "[secret]";

/**
 * A secret's value in memory. Printing, joining, serialising or inspecting it gives `[secret]`;
 * only `reveal()` gives the value, so every place that can leak one is found by that word.
 */
export class SecretValue {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, as text. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}

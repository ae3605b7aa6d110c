/** What is read and written of header fields: by `Headers`, and by a `FieldMap` in their stead. */
export type Fields = Pick<Headers, "get" | "set" | "append" | "delete" | "getSetCookie"> &
  Iterable<[name: string, value: string]>;

/**
 * A copy of header fields that is read once. Each call into the runtime's `Headers` costs about a
 * microsecond, and most of what is asked for or deleted is not there; so only changes go to it. What
 * is not changed keeps its bytes, since a value that is read and set again would be encoded anew.
 */
export class FieldMap implements Fields {
  /** The same fields, for the runtime. */
  readonly headers: Headers;
  readonly #values = new Map<string, string>();
  #cookies: string[] = [];

  constructor(source: Headers) {
    this.headers = new Headers(source);
    // Half the time of an iterator.
    source.forEach((value, name) => {
      if (name === "set-cookie") this.#cookies.push(value);
      else this.#values.set(name, value);
    });
  }

  get(name: string): string | null {
    const key = name.toLowerCase();
    if (key === "set-cookie") return this.#cookies.length === 0 ? null : this.#cookies.join(", ");
    return this.#values.get(key) ?? null;
  }

  set(name: string, value: string): void {
    this.headers.set(name, value);
    const key = name.toLowerCase();
    if (key === "set-cookie") this.#cookies = [normalize(value)];
    else this.#values.set(key, normalize(value));
  }

  append(name: string, value: string): void {
    this.headers.append(name, value);
    const key = name.toLowerCase();
    const known = this.#values.get(key);
    if (key === "set-cookie") this.#cookies.push(normalize(value));
    else
      this.#values.set(
        key,
        known === undefined ? normalize(value) : `${known}, ${normalize(value)}`,
      );
  }

  delete(name: string): void {
    const key = name.toLowerCase();
    const isKnown = key === "set-cookie" ? this.#cookies.length > 0 : this.#values.has(key);
    if (!isKnown) return;
    this.headers.delete(key);
    if (key === "set-cookie") this.#cookies = [];
    else this.#values.delete(key);
  }

  getSetCookie(): string[] {
    return [...this.#cookies];
  }

  /** Gives each field once, and each Set-Cookie, as they are at the beginning; lower-case names. */
  [Symbol.iterator](): ArrayIterator<[name: string, value: string]> {
    const cookies = this.#cookies.map((cookie): [string, string] => ["set-cookie", cookie]);
    return [...this.#values, ...cookies].values();
  }
}

/** White space at the ends is no part of a field's value (Fetch, section 2.2.2). */
function normalize(value: string): string {
  return value.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
}

/** How much a map may hold; the bytes are what `measure` says of its values, together. */
export type MapLimits<V> = {
  maxEntries: number;
  maxBytes?: number;
  measure?: (value: V) => number;
};

/**
 * A map that holds at most so many entries, and bytes, and forgets the least recently used first. The
 * newest entry stays, however large it is.
 */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, { value: V; bytes: number }>();
  readonly #limits: Required<MapLimits<V>>;
  #bytes = 0;

  constructor(limits: MapLimits<V>) {
    this.#limits = { maxBytes: Number.POSITIVE_INFINITY, measure: () => 0, ...limits };
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    // A Map keeps the order of insertion, so the last used goes to its end.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: K, value: V): void {
    this.delete(key);
    const bytes = this.#limits.measure(value);
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      const isWithin =
        this.#entries.size <= this.#limits.maxEntries && this.#bytes <= this.#limits.maxBytes;
      if (isWithin || this.#entries.size === 1) break;
      this.delete(oldest);
    }
  }

  delete(key: K): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

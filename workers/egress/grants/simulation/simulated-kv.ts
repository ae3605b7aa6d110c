import { getContext } from "./context.ts";
import type { Random, Range } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";

/** How many locations there may be, numbered from 0. */
export const MAX_LOCATIONS = 4;
/** The least time between two writes of one key. */
const WRITE_INTERVAL_MS = 1_000;
const HANGING_MS = 600_000;

/** How KV behaves; probabilities from 0 to 1. */
export type KvWeather = {
  latencyMs: Range;
  failure: number;
  hanging: number;
  /** Reads and writes that take as long as `lateMs`: a write may land after a younger one. */
  late: number;
  lateMs: Range;
  /** How long a location goes on answering what it once read, also that there was nothing. */
  staleMs: number;
  /** How long a write takes to be seen in other locations. */
  propagationMs: Range;
  /** That a write is not seen at once where it was made. */
  ownWriteUnseen: number;
};

/** One KV namespace under all locations. */
export type SimulatedKv = {
  /** The binding of an isolate in a location. */
  bind(location: number): KVNamespace;
  counts: {
    kvReads: number;
    kvWrites: number;
    kvWritesRefused: number;
    /** Writes that landed after a younger one of the same key. */
    kvWritesOvertaken: number;
  };
};

type Version = { text: string; sentAt: number; expiresAt: number; seenAt: Map<number, number> };

/** Makes a KV that does what Workers KV may do at its worst. */
export function createSimulatedKv(
  scheduler: Scheduler,
  random: Random,
  weather: KvWeather,
): SimulatedKv {
  const versions = new Map<string, Version[]>();
  const cached = new Map<string, { text: string | null; until: number }>();
  const writtenAt = new Map<string, number>();
  const counts = { kvReads: 0, kvWrites: 0, kvWritesRefused: 0, kvWritesOvertaken: 0 };

  function pickLatency(): number {
    if (random.happens(weather.hanging)) return HANGING_MS;
    return random.pick(random.happens(weather.late) ? weather.lateMs : weather.latencyMs);
  }

  function read(key: string, location: number): string | null {
    if (random.happens(weather.failure)) throw new Error("KV GET failed: 500");
    const now = scheduler.now();
    const place = `${location} ${key}`;
    const known = cached.get(place);
    if (known !== undefined && now < known.until) return known.text;
    const seen = versions
      .get(key)
      ?.filter(({ seenAt, expiresAt }) => (seenAt.get(location) ?? 0) <= now && now < expiresAt);
    const text = seen?.at(-1)?.text ?? null;
    cached.set(place, { text, until: now + weather.staleMs });
    return text;
  }

  function write(
    key: string,
    { text, sentAt, ttlSeconds }: { text: string; sentAt: number; ttlSeconds: number },
    location: number,
  ): void {
    const now = scheduler.now();
    const last = writtenAt.get(key);
    const isThrottled = last !== undefined && now - last < WRITE_INTERVAL_MS;
    if (isThrottled || random.happens(weather.failure)) {
      counts.kvWritesRefused += 1;
      throw new Error("KV PUT failed: 429 Too Many Requests");
    }
    counts.kvWrites += 1;
    writtenAt.set(key, now);
    const seenAt = createPropagation(location);
    const others = versions.get(key) ?? [];
    if (others.some((one) => one.sentAt > sentAt)) counts.kvWritesOvertaken += 1;
    const entry = { text, sentAt, expiresAt: now + ttlSeconds * 1_000, seenAt };
    versions.set(key, [...others, entry]);
    if (seenAt.get(location) === now) {
      cached.set(`${location} ${key}`, { text, until: now + weather.staleMs });
    }
  }

  /** When each location sees a write that is made now. */
  function createPropagation(location: number): Map<number, number> {
    const now = scheduler.now();
    const times = new Map<number, number>();
    for (let place = 0; place < MAX_LOCATIONS; place += 1) {
      const isOwn = place === location && !random.happens(weather.ownWriteUnseen);
      times.set(place, isOwn ? now : now + random.pick(weather.propagationMs));
    }
    return times;
  }

  return {
    counts,
    bind(location) {
      const binding = {
        async get(key: string) {
          counts.kvReads += 1;
          const text = await getContext().wait(pickLatency(), () => read(key, location));
          return text === null ? null : JSON.parse(text);
        },
        put(key: string, text: string, { expirationTtl }: { expirationTtl: number }) {
          const entry = { text, sentAt: scheduler.now(), ttlSeconds: expirationTtl };
          return getContext().wait(pickLatency(), () => write(key, entry, location));
        },
      };
      return binding as unknown as KVNamespace;
    },
  };
}

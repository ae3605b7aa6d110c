import fc from "fast-check";
import { KV_READ_TIMEOUT_MS } from "../load.ts";
import type { Fate } from "./isolate.ts";
import type { Change, DatabaseWeather } from "./simulated-database.ts";
import { type KvWeather, MAX_LOCATIONS } from "./simulated-kv.ts";
import { BOUND_MS, type Plan } from "./simulation.ts";
import { USUAL_DATABASE, USUAL_KV } from "./steady-load.ts";

/** How far a clock may be off. */
const MAX_CLOCK_ERROR_MS = 2_000;
/** A clock that is an hour wrong makes entries that the others take for future or stale ones. */
const WRONG_CLOCK_MS = 3_600_000;
const MAX_LAG_MS = 500;
const DURATION_MS = 30_000;
const SECRETS = 2;
const SANDBOXES = 2;
const MAX_ISOLATES = 6;

const index = (count: number) => fc.nat({ max: count - 1 });
const probability = fc.constantFrom(0, 0, 0.05, 0.3, 1);
const clockError = fc.oneof(
  { arbitrary: fc.constantFrom(-MAX_CLOCK_ERROR_MS, MAX_CLOCK_ERROR_MS), weight: 3 },
  { arbitrary: fc.integer({ min: -MAX_CLOCK_ERROR_MS, max: MAX_CLOCK_ERROR_MS }), weight: 1 },
);

const lagMs = fc.oneof(fc.constantFrom(0, MAX_LAG_MS, MAX_LAG_MS), fc.nat({ max: MAX_LAG_MS }));

const fate: fc.Arbitrary<Fate> = fc.record({
  lagMs,
  end: fc.oneof(
    fc.constantFrom("answer" as const, "answer-then-death" as const),
    fc.record({ leavesAfterMs: fc.nat({ max: 1_000 }) }),
    fc.record({ diesAfterMs: fc.nat({ max: 1_000 }) }),
  ),
});

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("rotate", "rotate", "narrow", "delete-secret"),
    secret: index(SECRETS),
  }),
  fc.record({
    kind: fc.constantFrom("mount", "unmount"),
    secret: index(SECRETS),
    sandbox: index(SANDBOXES),
  }),
  fc.record({ kind: fc.constant("delete-sandbox"), sandbox: index(SANDBOXES) }),
) as fc.Arbitrary<Change>;

const clockStep = fc.record({
  at: fc.nat({ max: DURATION_MS }),
  isolate: index(MAX_ISOLATES),
  aheadMs: clockError,
});

const badKv: fc.Arbitrary<KvWeather> = fc.record({
  latencyMs: fc.constantFrom([0, 0], [1, 50], [100, 1_500]),
  failure: probability,
  hanging: probability,
  late: probability,
  lateMs: fc.constant([1_000, 20_000] as const),
  staleMs: fc.constantFrom(30_000, 60_000),
  propagationMs: fc.constantFrom([0, 0], [0, 10_000], [0, 90_000]),
  ownWriteUnseen: fc.constantFrom(0, 0.2),
});

/** What a request waits at most for KV and a database that is well. */
export const MAX_GOOD_WAIT_MS = KV_READ_TIMEOUT_MS + 2 * USUAL_DATABASE.latencyMs[1];
const badDatabase: fc.Arbitrary<DatabaseWeather> = fc.record({
  latencyMs: fc.constantFrom([0, 0], [1, 60], [700, 1_400]),
  failure: probability,
  late: probability,
  lateMs: fc.constantFrom([1_000, 2_900], [1_000, 60_000]),
});

/** Requests that come to an isolate at even distances, from before a change until it is in force. */
const train = fc.record({
  isolate: index(MAX_ISOLATES),
  sandbox: index(SANDBOXES),
  leadMs: fc.nat({ max: 2_000 }),
  everyMs: fc.integer({ min: 300, max: 3_000 }),
  lagMs,
});

const single = fc.record({
  afterMs: fc.integer({ min: -500, max: BOUND_MS + 1_000 }),
  isolate: index(MAX_ISOLATES),
  sandbox: index(SANDBOXES),
  fate,
});

const episode = fc.record({
  at: fc.integer({ min: 1_000, max: DURATION_MS }),
  change,
  trains: fc.array(train, { maxLength: 6 }),
  singles: fc.array(single, { maxLength: 6 }),
});
type Episode = typeof episode extends fc.Arbitrary<infer T> ? T : never;

/** The requests around a change, in isolates that there are. */
function listRequests({ at, trains, singles }: Episode, isolates: number): Plan["requests"] {
  const regular = trains.flatMap(({ isolate, sandbox, leadMs, everyMs, lagMs: lag }) =>
    Array.from({ length: Math.ceil((BOUND_MS + leadMs) / everyMs) + 1 }, (_, count) => ({
      at: at - leadMs + count * everyMs,
      isolate: isolate % isolates,
      sandbox,
      fate: { lagMs: lag, end: "answer" as const },
    })),
  );
  const others = singles.map(({ afterMs, isolate, ...request }) => ({
    ...request,
    at: at + afterMs,
    isolate: isolate % isolates,
  }));
  return [...regular, ...others];
}

/** Random schedules over whatever KV, the database, the clocks and the isolates may do. */
export const randomPlans: fc.Arbitrary<Plan> = fc
  .record({
    seed: fc.integer(),
    isolates: fc.array(
      fc.record({
        location: fc.constantFrom(0, 0, 1, MAX_LOCATIONS - 1),
        aheadMs: fc.oneof(
          { arbitrary: clockError, weight: 9 },
          { arbitrary: fc.constantFrom(-WRONG_CLOCK_MS, WRONG_CLOCK_MS), weight: 1 },
        ),
      }),
      { minLength: 1, maxLength: MAX_ISOLATES },
    ),
    episodes: fc.array(episode, { minLength: 1, maxLength: 3 }),
    evictions: fc.array(
      fc.record({ at: fc.nat({ max: DURATION_MS }), isolate: index(MAX_ISOLATES) }),
      { maxLength: 2 },
    ),
    clockSteps: fc.array(clockStep, { maxLength: 2 }),
    kv: fc.oneof(fc.constant(USUAL_KV), badKv),
    database: fc.oneof(fc.constant(USUAL_DATABASE), badDatabase),
  })
  .map(({ episodes, isolates, ...plan }) => ({
    ...plan,
    secrets: SECRETS,
    sandboxes: SANDBOXES,
    isolates,
    changes: episodes.map(({ at, change: what }) => ({ at, change: what })),
    requests: episodes.flatMap((one) => listRequests(one, isolates.length)),
  }));

/** Whether in a plan every read of the database ends well and soon. */
export function isDatabaseWell({ database, requests }: Plan): boolean {
  const isAnyDying = requests.some(
    ({ fate: { end } }) => typeof end === "object" && "diesAfterMs" in end,
  );
  return database === USUAL_DATABASE && !isAnyDying;
}

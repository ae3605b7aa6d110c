/** How one request ended. `since` and `until` are of `performance.now()`. */
export type Ending = {
  /** The status, or in words what came instead of a whole answer. */
  outcome: string;
  since: number;
  until: number;
  /** Whether the service did not do what it is there for. */
  isFailure: boolean;
};

/** A phase of a soak and its requests: those that began in it, and the failures of its fault. */
export type Phase = {
  name: string;
  /** Whether its fault may make requests fail. */
  mayFail: boolean;
  endings: Ending[];
  /** When its fault was over; null before, and where it has none. */
  faultEndedAt: number | null;
};

/** One line of the table; times in milliseconds. */
export type PhaseSummary = {
  phase: string;
  requests: number;
  outcomes: Record<string, number>;
  /** From the end of the fault to the end of the last failure that began after it. */
  outageMs: number | null;
  p50Ms: number;
  p99Ms: number;
  longestFailureMs: number;
};

/** Begins a phase. */
export function createPhase(name: string, mayFail: boolean): Phase {
  return { name, mayFail, endings: [], faultEndedAt: null };
}

/** How long after the end of its fault the phase still saw failures that began after that. */
export function measureOutage({ faultEndedAt, endings }: Phase): number | null {
  if (faultEndedAt === null) return null;
  const late = endings.filter(({ isFailure, since }) => isFailure && since >= faultEndedAt);
  return late.reduce((longest, { until }) => Math.max(longest, until - faultEndedAt), 0);
}

/** Sums a phase up. */
export function summarize(phase: Phase): PhaseSummary {
  const { name, endings } = phase;
  const outcomes: Record<string, number> = {};
  for (const { outcome } of endings) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const times = endings.map(({ since, until }) => until - since).sort((a, b) => a - b);
  const failures = endings.filter(({ isFailure }) => isFailure);
  return {
    phase: name,
    requests: endings.length,
    outcomes,
    outageMs: measureOutage(phase),
    p50Ms: times[Math.floor(times.length * 0.5)] ?? 0,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
    longestFailureMs: failures.reduce((most, { since, until }) => Math.max(most, until - since), 0),
  };
}

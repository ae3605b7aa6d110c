/** How much is done for each row: enough to trust the figures, or just enough to see that it runs. */
export type Effort = {
  name: "full" | "quick";
  /** Rounds of each comparison; the order within them alternates. */
  rounds: number;
  /** How long one round of small requests lasts, and the load before the first one; 0 for none. */
  requestSeconds: number;
  warmUpSeconds: number;
  connections: number;
  streamRounds: number;
  streamMib: number;
  longStreamMib: number;
  eventsPerRound: number;
  /** Sandboxes that are called cold. */
  coldSandboxes: number;
  hitRateSeconds: number;
  hitRateRequestsPerSecond: number;
  /** Calls of each kind to the API, and the secrets that the organization has by then. */
  apiCalls: number;
  apiSecrets: number;
  startRounds: number;
};

const FULL: Effort = {
  name: "full",
  rounds: 9,
  requestSeconds: 2,
  warmUpSeconds: 2,
  connections: 16,
  streamRounds: 5,
  streamMib: 256,
  longStreamMib: 1024,
  eventsPerRound: 200,
  coldSandboxes: 10,
  hitRateSeconds: 45,
  hitRateRequestsPerSecond: 50,
  apiCalls: 200,
  apiSecrets: 10_000,
  startRounds: 5,
};

const QUICK: Effort = {
  ...FULL,
  name: "quick",
  rounds: 1,
  requestSeconds: 0.3,
  warmUpSeconds: 0,
  streamRounds: 1,
  streamMib: 4,
  longStreamMib: 8,
  eventsPerRound: 20,
  coldSandboxes: 1,
  hitRateSeconds: 1,
  apiCalls: 5,
  apiSecrets: 120,
  startRounds: 1,
};

/** Gives the effort of a full run or of a quick one, whose figures mean nothing. */
export function getEffort(isQuick: boolean): Effort {
  return isQuick ? QUICK : FULL;
}

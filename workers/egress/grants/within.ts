/** Calls `ring` after so many milliseconds, unless the function that it gives is called before. */
export type StartTimer = (ms: number, ring: () => void) => () => void;

/** Waits for work, but no longer than `ms`; null where the time is up. The work itself goes on. */
export type Within = <T>(work: Promise<T>, ms: number) => Promise<T | null>;

/** Makes the wait of one request from its timers. */
export function createWithin(startTimer: StartTimer): Within {
  return (work, ms) =>
    new Promise((resolve, reject) => {
      const stopTimer = startTimer(ms, () => resolve(null));
      work.then(resolve, reject).finally(stopTimer);
    });
}

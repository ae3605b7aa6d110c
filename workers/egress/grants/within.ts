/** Calls `ring` after so many milliseconds, unless the function that it gives is called before. */
export type StartTimer = (ms: number, ring: () => void) => () => void;

/** Waits for work, but no longer than `ms`; null where the time is up. The work itself goes on. */
export function within<T>(work: Promise<T>, ms: number, startTimer: StartTimer): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stopTimer = startTimer(ms, () => resolve(null));
    work.then(resolve, reject).finally(stopTimer);
  });
}

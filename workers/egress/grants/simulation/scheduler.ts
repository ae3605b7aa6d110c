/** Time that passes only as fast as what is planned in it is done. */
export type Scheduler = {
  /** Milliseconds since the simulation began. */
  now(): number;
  /** Plans something; gives what takes it back. */
  after(ms: number, run: () => void): () => void;
  /** Lets time pass until nothing is planned any more. */
  runAll(): Promise<void>;
};

type Planned = { at: number; run: () => void; isCancelled: boolean };

/** Makes a scheduler. What is planned for the same time happens in the order of planning. */
export function createScheduler(): Scheduler {
  // Sorted with the next at the end.
  const planned: Planned[] = [];
  let now = 0;

  function insert(entry: Planned): void {
    let low = 0;
    let high = planned.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((planned[middle] as Planned).at > entry.at) low = middle + 1;
      else high = middle;
    }
    planned.splice(low, 0, entry);
  }

  return {
    now: () => now,
    after(ms, run) {
      const entry = { at: now + ms, run, isCancelled: false };
      insert(entry);
      return () => {
        entry.isCancelled = true;
      };
    },
    async runAll() {
      for (let next = planned.pop(); next !== undefined; next = planned.pop()) {
        if (next.isCancelled) continue;
        now = next.at;
        next.run();
        await settlePromises();
      }
    },
  };
}

/** Lets everything happen that follows from promises alone; no time passes. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

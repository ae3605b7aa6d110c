import { AsyncLocalStorage } from "node:async_hooks";
import { createWithin, type Within } from "../within.ts";
import type { Scheduler } from "./scheduler.ts";

// What the platform grants to work that goes on after the answer.
const MAX_DEFERRED_MS = 30_000;

/**
 * One request's life in an isolate, as workerd has it: timers, connections and deferred work belong
 * to it, and what was begun in it never ends once it is dead.
 */
export type RequestContext = {
  isAlive(): boolean;
  within: Within;
  /** Gives what `run` gives, after so many milliseconds. */
  wait<T>(ms: number, run: () => T): Promise<T>;
  defer(work: Promise<unknown>): void;
  /** The answer is sent, or the client has gone: only what was deferred goes on. */
  end(): void;
  kill(): void;
};

const current = new AsyncLocalStorage<RequestContext>();

/** Runs code inside a request's context. */
export function enterContext<T>(context: RequestContext, run: () => T): T {
  return current.run(context, run);
}

/** The context of the request that is being served. */
export function getContext(): RequestContext {
  const context = current.getStore();
  if (context === undefined) throw new Error("no request is being served");
  return context;
}

/** Makes the context of a request that has just come. */
export function createContext(scheduler: Scheduler): RequestContext {
  let isAlive = true;
  let hasEnded = false;
  let deferred = 0;

  function kill(): void {
    isAlive = false;
  }

  function killWhenDone(): void {
    if (hasEnded && deferred === 0) kill();
  }

  function after(ms: number, run: () => void): () => void {
    return scheduler.after(ms, () => {
      if (isAlive) run();
    });
  }

  function whileAlive<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(
        (value) => isAlive && resolve(value),
        (error) => isAlive && reject(error),
      );
    });
  }

  return {
    isAlive: () => isAlive,
    // Code that waits does not go on once its request is dead, even if another's work has ended.
    within: (work, ms) => createWithin(after)(whileAlive(work), ms),
    wait: (ms, run) =>
      new Promise((resolve, reject) => {
        after(ms, () => {
          try {
            resolve(run());
          } catch (error) {
            reject(error);
          }
        });
      }),
    defer(work) {
      deferred += 1;
      work.finally(() => {
        deferred -= 1;
        killWhenDone();
      });
    },
    end() {
      hasEnded = true;
      killWhenDone();
      after(MAX_DEFERRED_MS, kill);
    },
    kill,
  };
}

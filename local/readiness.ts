import { setTimeout as sleep } from "node:timers/promises";
import type { Child } from "./child.ts";
import { StartError } from "./configuration.ts";

const READY_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 5_000;
const POLL_MS = 50;

/**
 * Waits until a child answers GET on the URL with a status below 500. Throws a StartError when it
 * ends before, or is not there within a minute, and the signal's reason when that is aborted.
 */
export async function waitUntilReady(
  child: Child,
  url: string,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const ended = child.ended.then((how) => {
    throw new StartError(`${child.name} ended ${how} before it was ready (log: ${child.logFile}).`);
  });
  try {
    await Promise.race([ended, probe(child, url, AbortSignal.any([signal, over.signal]))]);
  } finally {
    over.abort();
  }
}

async function probe(child: Child, url: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await answers(url))) {
    if (Date.now() > deadline) {
      throw new StartError(`${child.name} was not ready in time (log: ${child.logFile}).`);
    }
    await sleep(POLL_MS, null, { signal });
  }
  signal.throwIfAborted();
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await answer.body?.cancel();
    return answer.status < 500;
  } catch {
    return false;
  }
}

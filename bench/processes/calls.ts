// Makes many different calls: one after the other, or a number of them in each second.
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { answerTask } from "./process.ts";

export type Call = { method: string; url: string; body?: unknown };
export type CallsTask = {
  calls: Call[];
  headers: Record<string, string>;
  /** Null where each call waits for the one before it. */
  perSecond: number | null;
};
/** How long each call took, in their order. */
export type CallsAnswer = { durationsMs: number[] };

const agent = new Agent({ keepAlive: true });

answerTask<CallsTask, CallsAnswer>(async ({ calls, headers, perSecond }) => {
  const startedAt = performance.now();
  const durations: Promise<number>[] = [];
  for (const [index, call] of calls.entries()) {
    if (perSecond !== null) {
      await sleep(Math.max(0, startedAt + (index * 1000) / perSecond - performance.now()));
    }
    const duration = makeCall(call, headers);
    durations.push(duration);
    if (perSecond === null) await duration;
  }
  return { durationsMs: await Promise.all(durations) };
});

function makeCall({ method, url, body }: Call, headers: Record<string, string>): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent }, (answer) => {
      const isSuccess = (answer.statusCode ?? 500) < 300;
      if (!isSuccess) reject(new Error(`${method} ${url} answered ${answer.statusCode}`));
      answer.resume().once("end", () => resolve(performance.now() - startedAt));
    });
    outgoing.once("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

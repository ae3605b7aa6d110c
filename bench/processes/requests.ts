// Sends one small request over and over, from several connections at once.
import autocannon from "autocannon";
import { getPercentile } from "../statistics.ts";
import { answerTask } from "./process.ts";

export type RequestsTask = {
  url: string;
  method: "GET" | "POST";
  headers: Record<string, string>;
  body: string | null;
  seconds: number;
  connections: number;
};
/** `failures` counts answers that are no success, and requests without an answer. */
export type RequestsAnswer = { perSecond: number; p99Ms: number; failures: number; count: number };

// A run ends with a sample, so this is how much longer than asked for it may last.
const SAMPLE_MS = 50;

answerTask<RequestsTask, RequestsAnswer>(async ({ url, method, headers, body, ...load }) => {
  const latencies: number[] = [];
  const startedAt = performance.now();
  let lastAnswerAt = startedAt;
  const run = autocannon({
    url,
    method,
    headers,
    ...(body === null ? {} : { body }),
    connections: load.connections,
    duration: load.seconds,
    sampleInt: SAMPLE_MS,
  });
  // The library's own histogram knows whole milliseconds only.
  run.on("response", (_client, _status, _bytes, milliseconds) => {
    latencies.push(milliseconds);
    lastAnswerAt = performance.now();
  });
  const result = await run;
  const seconds = (lastAnswerAt - startedAt) / 1000;
  return {
    perSecond: latencies.length / seconds,
    p99Ms: getPercentile(latencies, 0.99),
    failures: result.errors + result.timeouts + result.non2xx,
    count: latencies.length,
  };
});

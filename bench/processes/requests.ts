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

answerTask<RequestsTask, RequestsAnswer>(async ({ url, method, headers, body, ...load }) => {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const run = autocannon({
    url,
    method,
    headers,
    ...(body === null ? {} : { body }),
    connections: load.connections,
    duration: load.seconds,
  });
  // The library's own histogram knows whole milliseconds only.
  run.on("response", (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  const result = await run;
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    perSecond: latencies.length / seconds,
    p99Ms: getPercentile(latencies, 0.99),
    failures: result.errors + result.timeouts + result.non2xx,
    count: latencies.length,
  };
});

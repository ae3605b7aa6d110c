import type { Benchmark } from "../benchmark.ts";
import { API } from "./api.ts";
import { BUNDLE_SIZE } from "./bundle-size.ts";
import { COLD } from "./cold.ts";
import { EVENTS } from "./events.ts";
import { HIT_RATE } from "./hit-rate.ts";
import { NPM_START } from "./npm-start.ts";
import { REQUESTS } from "./requests.ts";
import { START_UP } from "./start-up.ts";
import { STREAMS } from "./streams.ts";

/** All benchmarks, in the order of the table. */
export const BENCHMARKS: readonly Benchmark[] = [
  ...[REQUESTS, STREAMS, EVENTS, COLD, HIT_RATE, API, START_UP, BUNDLE_SIZE, NPM_START],
];

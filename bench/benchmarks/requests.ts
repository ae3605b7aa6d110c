import type { Sandbox } from "../../local/client.ts";
import { type Benchmark, type Comparison, compareInRounds, judge } from "../benchmark.ts";
import { compareMedians, describeSpread, formatNumber } from "../figures.ts";
import type { Ground } from "../ground/ground.ts";
import { readCpuSeconds } from "../ground/process-status.ts";
import type { Runtime } from "../ground/runtime.ts";
import { runTask } from "../processes/process.ts";
import type { RequestsAnswer, RequestsTask } from "../processes/requests.ts";
import type { Row } from "../row.ts";
import { createCallHeaders, createCallUrl } from "./egress-call.ts";

const P99 = "p99";
const P99_LIMIT = 1.5;
const BODY_BYTES = 2048;
const PROFILE_SECONDS = 5;

type RequestCase = {
  name: string;
  what: string;
  /** What is measured beside the baseline. */
  worker: "egress" | "floor";
  /** The least ratio to the baseline's requests per second; null where none is to be reached. */
  figure: number | null;
  getSandbox: (ground: Ground) => Sandbox;
  hasJsonBody: boolean;
};

const FIRST: RequestCase = {
  name: "one-secret",
  what: "requests/s, warm sandbox, one secret in Authorization, small JSON answer",
  worker: "egress",
  figure: 0.8,
  getSandbox: ({ sandboxes }) => sandboxes.one,
  hasJsonBody: false,
};

const CASES: readonly RequestCase[] = [
  FIRST,
  {
    ...FIRST,
    name: "hundred-secrets",
    what: "the same, 100 secrets mounted",
    figure: 0.75,
    getSandbox: ({ sandboxes }) => sandboxes.hundred,
  },
  {
    ...FIRST,
    name: "other-host",
    what: "requests/s, host that no secret allows",
    figure: 0.9,
    getSandbox: ({ sandboxes }) => sandboxes.elsewhere,
  },
  {
    ...FIRST,
    name: "json-body",
    what: "requests/s, JSON body of 2 KiB with a secret in it",
    figure: 0.65,
    hasJsonBody: true,
  },
  {
    ...FIRST,
    name: "floor",
    what: "for comparison: a Worker that only reads the answer and changes a header each way",
    worker: "floor",
    figure: null,
  },
];

/** One round of requests; CPU is of workerd, for one request, null where it cannot be told. */
type Measured = { perSecond: number; p99Ms: number; cpuMicroseconds: number | null };

/** Small requests from 16 connections: how many in a second, and how late the latest. */
export const REQUESTS: Benchmark = {
  rows: [...CASES.map(({ name }) => name), P99],

  async run(ground, wanted) {
    const runtime = await ground.startRuntime(["egress", "baseline", "floor"]);
    try {
      const rows: Row[] = [];
      for (const one of CASES) {
        const isForP99 = one === FIRST && wanted.has(P99);
        if (!wanted.has(one.name) && !isForP99) continue;
        const comparison = await compareCase(ground, runtime, one);
        if (wanted.has(one.name)) rows.push(describeThroughput(ground, one, comparison));
        if (isForP99) rows.push(describeLatency(ground, comparison));
      }
      return rows;
    } finally {
      await runtime.stop();
    }
  },

  profiled: {
    worker: "egress",
    async exercise(ground, runtime, row) {
      const one = CASES.find(({ name }) => name === row) ?? FIRST;
      await runTask("requests.ts", createTask(ground, runtime, "egress", one, PROFILE_SECONDS));
    },
  },
};

async function compareCase(
  ground: Ground,
  runtime: Runtime,
  one: RequestCase,
): Promise<Comparison<Measured>> {
  const { rounds, requestSeconds, warmUpSeconds } = ground.effort;
  const task = (contender: "egress" | "baseline", seconds: number) =>
    createTask(ground, runtime, contender === "egress" ? one.worker : contender, one, seconds);
  await checkCase(task("egress", 0), one);
  if (warmUpSeconds > 0) {
    await measure(runtime, task("baseline", warmUpSeconds));
    await measure(runtime, task("egress", warmUpSeconds));
  }
  return compareInRounds(rounds, (contender) => measure(runtime, task(contender, requestSeconds)));
}

function createTask(
  ground: Ground,
  runtime: Runtime,
  worker: "egress" | "baseline" | "floor",
  { getSandbox, hasJsonBody }: RequestCase,
  seconds: number,
): RequestsTask {
  const sandbox = getSandbox(ground);
  const headers = createCallHeaders(sandbox);
  return {
    url: createCallUrl(ground, runtime.getOrigin(worker), "/json"),
    method: hasJsonBody ? "POST" : "GET",
    headers: hasJsonBody ? { ...headers, "Content-Type": "application/json" } : headers,
    body: hasJsonBody ? createJsonBody(sandbox.env["KEY"] ?? "") : null,
    seconds,
    connections: ground.effort.connections,
  };
}

/** A document of 2 KiB with the placeholder in its middle. */
function createJsonBody(placeholder: string): string {
  const render = (padding: number) =>
    JSON.stringify({
      model: "large",
      before: "lorem ipsum ".repeat(80),
      apiKey: placeholder,
      after: "x".repeat(padding),
    });
  return render(BODY_BYTES - render(0).length);
}

/** Makes sure that the egress does what is measured, and not less. */
async function checkCase({ url, method, headers, body }: RequestsTask, { name }: RequestCase) {
  const answer = await fetch(url, { method, headers, body });
  const outcome = answer.headers.get("Egret-Outcome") ?? "";
  await answer.arrayBuffer();
  const expected = name === "other-host" ? "host-not-allowed" : "substituted";
  if (answer.status === 200 && outcome.includes(expected)) return;
  throw new Error(`${name}: the egress answered ${answer.status} with the outcome "${outcome}"`);
}

async function measure(runtime: Runtime, task: RequestsTask): Promise<Measured> {
  const before = readCpuSeconds(runtime.pid);
  const answer = await runTask<RequestsTask, RequestsAnswer>("requests.ts", task);
  const after = readCpuSeconds(runtime.pid);
  if (answer.failures > 0) throw new Error(`${answer.failures} requests to ${task.url} failed`);
  if (answer.count === 0) throw new Error(`no request to ${task.url} was answered in time`);
  const cpuSeconds = before === null || after === null ? null : after - before;
  return {
    perSecond: answer.perSecond,
    p99Ms: answer.p99Ms,
    cpuMicroseconds: cpuSeconds === null ? null : (cpuSeconds * 1e6) / answer.count,
  };
}

function describeThroughput(
  { effort }: Ground,
  { name, what, figure }: RequestCase,
  comparison: Comparison<Measured>,
): Row {
  const rate = compareMedians(comparison, ({ perSecond }) => perSecond);
  const cpu = compareMedians(comparison, ({ cpuMicroseconds }) => cpuMicroseconds);
  if (rate === null) throw new Error(`${name}: nothing was measured`);
  const cpuNote =
    cpu === null
      ? []
      : [
          `workerd used ${formatNumber(cpu.egress)} µs of CPU a request, ` +
            `the baseline ${formatNumber(cpu.baseline)} µs`,
        ];
  return {
    name,
    what,
    figure: figure === null ? "printed" : `≥ ${figure.toFixed(2)} of the baseline`,
    measured: `${formatNumber(rate.ratio)} (${formatNumber(rate.egress)}/s)`,
    baseline: `${formatNumber(rate.baseline)}/s`,
    isReached: figure === null ? null : judge(effort, rate.ratio >= figure),
    note: [describeSpread(rate), ...cpuNote].join("; "),
    numbers: {
      ratio: rate.ratio,
      perSecond: rate.egress,
      baselinePerSecond: rate.baseline,
      cpuMicroseconds: cpu?.egress ?? null,
      baselineCpuMicroseconds: cpu?.baseline ?? null,
    },
  };
}

function describeLatency({ effort }: Ground, comparison: Comparison<Measured>): Row {
  const latency = compareMedians(comparison, ({ p99Ms }) => p99Ms);
  if (latency === null) throw new Error("no latency was measured");
  return {
    name: P99,
    what: `p99 latency at ${effort.connections} connections, warm`,
    figure: `≤ ${P99_LIMIT.toFixed(1)} times the baseline's`,
    measured: `${formatNumber(latency.ratio)} (${formatNumber(latency.egress)} ms)`,
    baseline: `${formatNumber(latency.baseline)} ms`,
    isReached: judge(effort, latency.ratio <= P99_LIMIT),
    note: describeSpread(latency),
    numbers: {
      ratio: latency.ratio,
      milliseconds: latency.egress,
      baselineMilliseconds: latency.baseline,
    },
  };
}

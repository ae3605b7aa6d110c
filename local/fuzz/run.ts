import type { Stack } from "../stack.ts";
import type { Ground } from "./ground.ts";
import { frame, mutate } from "./mutate.ts";
import { createRandom } from "./random.ts";
import { createApiRequest, createEgressRequest } from "./templates.ts";
import { exchange, renderRequest, type WireAnswer, type WireRequest } from "./wire.ts";

const CONCURRENCY = 8;
const MAX_FAULTS = 20;
const MAX_SHOWN_LENGTH = 1500;
const PROXY_LOST = "\r\n\r\nError: Network connection lost.";

/** What a run found: how often each Worker answered what, and each fault in words. */
export type Findings = {
  requests: number;
  counts: Record<"api" | "egress", Record<string, number>>;
  faults: string[];
};

/** How a run goes: until the deadline, a fault of the stack itself or too many faults. */
export type RunOptions = { seed: number; deadline: number; now: () => number; signal: AbortSignal };

/**
 * Sends requests to both Workers until the deadline (milliseconds since the epoch). The `n`th one is
 * the same for the same seed, but for the stack's own ids, keys and ports.
 */
export async function runFuzz(
  stack: Stack,
  ground: Ground,
  { seed, deadline, now, signal }: RunOptions,
): Promise<Findings> {
  const findings: Findings = { requests: 0, counts: { api: {}, egress: {} }, faults: [] };
  let crash: string | null = null;
  stack.failed.then((how) => {
    crash = how;
  });
  const isOver = () =>
    crash !== null || signal.aborted || now() >= deadline || findings.faults.length >= MAX_FAULTS;
  const work = async () => {
    while (!isOver()) {
      const index = findings.requests;
      findings.requests += 1;
      const { worker, port, request } = createRequest(ground, seed, index);
      const answer = nameLost(ground, await exchange(port, request));
      findings.counts[worker][answer.status] = (findings.counts[worker][answer.status] ?? 0) + 1;
      const fault = crash === null ? judge(ground, answer) : null;
      if (fault !== null)
        findings.faults.push(describe(fault, seed, index, request, answer, ground));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  if (crash !== null) findings.faults.push(crash);
  return findings;
}

function createRequest(ground: Ground, seed: number, index: number) {
  const random = createRandom(seed, index);
  const worker = random.chance(0.6) ? ("api" as const) : ("egress" as const);
  const create = worker === "api" ? createApiRequest : createEgressRequest;
  const request = frame(mutate(create(ground, random), random), random);
  return { worker, port: worker === "api" ? ground.apiPort : ground.egressPort, request };
}

/**
 * An upstream that refuses a request answers before the request's end. The runtime then closes the
 * client's connection, also under a Worker that only forwards, and the proxy of `wrangler dev` makes a
 * 500 of that in words of its own.
 */
function nameLost(ground: Ground, answer: WireAnswer): WireAnswer {
  const isOfProxy = answer.status === 500 && answer.text.endsWith(PROXY_LOST);
  return isOfProxy && ground.upstream.takeRefusal() ? { ...answer, status: "closed" } : answer;
}

function judge(ground: Ground, { status, text }: WireAnswer): string | null {
  if (status === "hang") return "no answer in time";
  if (status === 500) return "an answer of 500";
  // A new key is shown this once, to whom it is made for; the stack's own must not be.
  if (ground.secrets.some((secret) => text.includes(secret))) return "a leak in an answer";
  return ground.upstream.takeSeen().includes(ground.otherValue) ? "a leak to an upstream" : null;
}

function describe(
  fault: string,
  seed: number,
  index: number,
  request: WireRequest,
  answer: WireAnswer,
  ground: Ground,
): string {
  const show = (text: string) => {
    const masked = ground.secrets.reduce((shown, secret) => shown.replaceAll(secret, "…"), text);
    return JSON.stringify(masked.replaceAll(ground.sandbox.egress.token, "…")).slice(
      0,
      MAX_SHOWN_LENGTH,
    );
  };
  return [
    `${fault} (seed ${seed}, request ${index})`,
    `  ${show(renderRequest(request))}`,
    `  ${show(answer.text)}`,
  ].join("\n");
}

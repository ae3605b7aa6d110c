import { setTimeout as sleep } from "node:timers/promises";
import { type Exchange, exchange, exchangeWebSocket } from "./exchange.ts";
import { findCores, judgeArrival } from "./ledger.ts";
import { pick } from "./random.ts";
import { SHAPES, type Shape, WEB_SOCKET_SHAPE } from "./shapes.ts";
import type { Arrival } from "./upstream.ts";
import { UPSTREAM_FAULTS } from "./upstream.ts";
import { noteEnding, noteWrong, type Subject, type World } from "./world.ts";

const MAX_WAIT_MS = 1_500;
const PAUSE_AFTER_FAILURE_MS = 250;
const FAULT_SHARE = 0.5;
const HELLO = "hello";

type Sent = { subject: Subject; shape: Shape; startedAt: number; hasArrived: boolean };
type Fault = (typeof UPSTREAM_FAULTS)[number] | null;

/** Requests of sandboxes: what sends them, and what judges them where they arrive. */
export type Traffic = {
  /** Sends one request after the other until the soak is over. */
  send(upstreamPort: number): Promise<void>;
  judge(arrival: Arrival): void;
};

/** Makes the traffic of a soak. */
export function createTraffic(world: World): Traffic {
  const sent: Sent[] = [];
  const weighted = weigh([...SHAPES, WEB_SOCKET_SHAPE]);

  async function sendOne(port: number): Promise<boolean> {
    const subject = pick(world.random, world.subjects);
    const shape = pick(world.random, weighted);
    const id = sent.push({ subject, shape, startedAt: performance.now(), hasArrived: false }) - 1;
    const { phase } = world;
    const since = performance.now();
    const origin = `${shape.isToOtherHost ? "localhost" : "127.0.0.1"}:${port}`;
    const send = shape === WEB_SOCKET_SHAPE ? openWebSocket : sendShaped;
    const outcome = await send(world, subject, shape, origin, id);
    const isFailure = !["200", "101"].includes(outcome) && !outcome.includes("upstream");
    if (outcome.startsWith("hang")) {
      const where = sent[id]?.hasArrived ? "after" : "before";
      noteWrong(world, `${shape.name}: ${outcome}, ${where} it reached the upstream`);
    }
    noteEnding(world, phase, shape.name, { outcome, since, until: performance.now(), isFailure });
    return isFailure;
  }

  return {
    async send(port) {
      while (!world.isOver) if (await sendOne(port)) await sleep(PAUSE_AFTER_FAILURE_MS);
    },
    judge({ id, slot, text }) {
      const request = sent[id];
      if (request === undefined) return noteWrong(world, "a request that nobody sent");
      request.hasArrived = true;
      const { subject, shape, startedAt } = request;
      const { secret } = subject;
      const fault = shape.isToOtherHost
        ? slot === secret.placeholder || "a changed placeholder at another host"
        : (judgeArrival(secret, slot, startedAt) ?? true);
      if (fault !== true) noteWrong(world, `${shape.name}: ${fault}`);
      const own = shape.isToOtherHost ? new Set<string>() : findCores(slot ?? "");
      if ([...findCores(text)].some((core) => !own.has(core))) {
        noteWrong(world, `${shape.name}: a value where it does not belong`);
      }
    },
  };
}

async function sendShaped(
  world: World,
  { secret, sandbox }: Subject,
  shape: Shape,
  origin: string,
  id: number,
): Promise<string> {
  const { method, path, headers, body } = shape.build(`/${shape.name}/${id}`, secret.placeholder);
  const hasFault = world.hasUpstreamFaults && world.random() < FAULT_SHARE;
  const fault: Fault = hasFault ? pick(world.random, UPSTREAM_FAULTS) : null;
  const wasDown = world.isWorkerDown;
  const answer = await exchange(`${sandbox.egress.url}/forward/http/${origin}${path}`, {
    method,
    headers: {
      ...headers,
      "Proxy-Authorization": `Bearer ${sandbox.egress.token}`,
      "X-Soak-Wait": String(Math.floor(world.random() * MAX_WAIT_MS)),
      "X-Soak-Other": pick(world.random, world.subjects).secret.placeholder,
      ...(fault !== null && { "X-Soak-Fault": fault }),
    },
    body,
  });
  return judgeAnswer(world, answer, { name: shape.name, fault, wasDown, secret });
}

function judgeAnswer(
  world: World,
  answer: Exchange,
  sent: { name: string; fault: Fault; wasDown: boolean; secret: Subject["secret"] },
): string {
  const { status, headers, body, end } = answer;
  const { name, fault, wasDown, secret } = sent;
  const wrong = (what: string) => noteWrong(world, `${name}: ${what}`);
  if (findCores(JSON.stringify(headers) + body).size > 0) wrong("a value in an answer");
  if (end === "hang") return fault === null ? "hang" : `hang, in spite of ${fault}`;
  const isDown = wasDown || world.isWorkerDown;
  if (end === "broken") {
    if (fault === "cut" && status === 200) return "200, cut by upstream";
    if (!isDown) wrong(`a lost connection (status ${status}, upstream fault ${fault})`);
    return "lost";
  }
  if (status === 101) {
    if (body !== HELLO) wrong("a wrong frame");
    return "101";
  }
  if (status === 200) {
    if (fault !== null) wrong(`a whole answer in spite of ${fault}`);
    else if (!body.includes(secret.placeholder)) wrong("an echo without the placeholder");
    return "200";
  }
  const isClear = headers["egret-error"] !== undefined && body.includes("EGRET_EGRESS");
  if (!isClear && !isDown) wrong(`an unclear ${status}`);
  if (fault !== null && (status === 502 || status === 504)) return `${status}, of upstream`;
  const isExpected = status === 503 || (isDown && !isClear);
  if (!isExpected) wrong(`an unexpected ${status} ${headers["egret-error"] ?? ""}`);
  return String(status);
}

async function openWebSocket(
  world: World,
  { secret, sandbox }: Subject,
  shape: Shape,
  origin: string,
  id: number,
): Promise<string> {
  const { url, token } = sandbox.egress;
  const { path } = shape.build(`/${shape.name}/${id}`, secret.placeholder);
  const wasDown = world.isWorkerDown;
  const route = `${url}/token/${token}/forward/http/${origin}${path}`;
  const answer = await exchangeWebSocket(route, HELLO);
  return judgeAnswer(world, answer, { name: shape.name, fault: null, wasDown, secret });
}

function weigh(shapes: readonly Shape[]): Shape[] {
  return shapes.flatMap((shape) => Array.from({ length: shape.weight * 2 }, () => shape));
}

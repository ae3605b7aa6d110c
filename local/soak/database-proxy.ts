import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { pick, type Random } from "./random.ts";

const SLOW_MS = 3_000;
// An idle connection that is closed just when it is used again would be a fault nobody asked for.
const KEEP_ALIVE_MS = 600_000;
const ERRORS = ["status-500", "garbage", "reset"] as const;

/** What goes wrong between the Workers and the database. */
export type DatabaseFault = "errors" | "slow" | "none";

/** A proxy between the Workers and the database server. */
export type DatabaseProxy = {
  url: string;
  setFault(fault: DatabaseFault): void;
  close(): Promise<void>;
};

/**
 * Starts a proxy for one database server. It answers errors in its place, half of them after the
 * server has done what it was asked for, or makes it slow by 3 s, half of it after that. A server
 * that cannot be reached is a lost connection.
 */
export async function startDatabaseProxy(
  serverUrl: string,
  random: Random,
): Promise<DatabaseProxy> {
  const agent = new Agent({ keepAlive: false });
  let fault: DatabaseFault = "none";
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => incoming.socket.resetAndDestroy());
  });

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const current = fault;
    const isEarly = random() < 0.5;
    if (current === "slow" && isEarly) await sleep(SLOW_MS);
    if (outgoing.destroyed) return;
    if (current === "errors" && isEarly) return answerError(incoming, outgoing);
    const answer = await forward(incoming);
    if (current === "slow" && !isEarly) await sleep(SLOW_MS);
    if (current === "errors") {
      answer.resume();
      return answerError(incoming, outgoing);
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on("error", () => outgoing.destroy()).pipe(outgoing);
  }

  async function forward(incoming: IncomingMessage): Promise<IncomingMessage> {
    const { method, headers, url = "/" } = incoming;
    const asked = request(new URL(url, serverUrl), { method, headers, agent });
    incoming.on("error", () => asked.destroy()).pipe(asked);
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    return answer;
  }

  function answerError(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const error = pick(random, ERRORS);
    if (error === "reset") {
      incoming.socket.resetAndDestroy();
      return;
    }
    incoming.resume();
    outgoing.writeHead(error === "garbage" ? 200 : 500, { "Content-Type": "application/json" });
    outgoing.end("not what was asked for");
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setFault(next) {
      fault = next;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

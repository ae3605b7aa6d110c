import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { DatabaseFault, RecorderQuestion } from "./upstream-protocol.ts";

/** Hands the Worker's requests to the database on, counts them, and lets some fail. */
export type DatabaseProxy = {
  isFor(url: URL): boolean;
  forward(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Answers what a test asks about the database; undefined for a question about something else. */
  answer(question: RecorderQuestion): unknown;
};

/** Makes a proxy in front of the database servers at `databaseUrls`. */
export function createDatabaseProxy(databaseUrls: readonly string[]): DatabaseProxy {
  const databaseHosts = new Set(databaseUrls.map((databaseUrl) => new URL(databaseUrl).host));
  const bodies: string[] = [];
  const faults = new Map<string, DatabaseFault>();
  let releaseHeld: (() => void)[] = [];
  return {
    isFor: (url) => databaseHosts.has(url.host),

    async forward(url, request, response) {
      const body = await text(request);
      bodies.push(body);
      const findFault = () => [...faults].find(([key]) => body.includes(key))?.[1] ?? "none";
      while (findFault() === "held")
        await new Promise<void>((release) => releaseHeld.push(release));
      const fault = findFault();
      if (fault === "reset") {
        request.socket.resetAndDestroy();
        return;
      }
      if (fault !== "none") {
        response.writeHead(fault === "garbage" ? 200 : 500, { "Content-Type": "application/json" });
        response.end("not what was asked for");
        return;
      }
      const { method = "GET", headers } = request;
      const answer = await fetch(url, {
        method,
        headers: { "Content-Type": headers["content-type"] ?? "application/json" },
        ...(method === "GET" ? {} : { body }),
      });
      response.writeHead(answer.status, {
        "Content-Type": answer.headers.get("Content-Type") ?? "application/json",
      });
      response.end(await answer.text());
    },

    answer(question) {
      if (question.ask === "database") {
        return bodies.filter((body) => question.containing.every((one) => body.includes(one)))
          .length;
      }
      if (question.ask !== "database-fault") return undefined;
      faults.set(question.containing, question.fault);
      for (const release of releaseHeld) release();
      releaseHeld = [];
      return faults.size;
    },
  };
}

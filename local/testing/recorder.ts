import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { decodeAsSent } from "./coded-body.ts";
import type { PlannedAnswer, RecorderQuestion, SeenRequest } from "./upstream-protocol.ts";

/** Keeps what the upstream saw, what it is to answer, and which parts of answers may go. */
export type Recorder = {
  record(request: IncomingMessage, response?: ServerResponse): SeenRequest;
  readBody(request: IncomingMessage, seen: SeenRequest): Promise<void>;
  getPlan(url: string): PlannedAnswer;
  waitForRelease(url: string): Promise<void>;
  answer(question: RecorderQuestion): Promise<unknown>;
};

/** Makes a recorder that remembers for as long as the tests run. */
export function createRecorder(): Recorder {
  const seenRequests: SeenRequest[] = [];
  const plans = new Map<string, PlannedAnswer>();
  const released = new Map<string, number>();
  const changes = createSignal();

  async function findSoon<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await changes.wait();
    }
  }

  const findSeen = (text: string) => seenRequests.filter((seen) => holdsText(seen, text));

  return {
    record(request, response) {
      const seen: SeenRequest = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: pairHeaders(request.rawHeaders),
        body: "",
        state: "open",
        answer: "open",
      };
      seenRequests.push(seen);
      response?.on("close", () => {
        seen.answer = response.writableFinished ? "complete" : "broken";
        changes.raise();
      });
      changes.raise();
      return seen;
    },

    async readBody(request, seen) {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of request) chunks.push(chunk as Buffer);
        seen.state = "complete";
      } catch (error) {
        seen.state = "broken";
        throw error;
      } finally {
        seen.body = Buffer.concat(chunks).toString("base64");
        changes.raise();
      }
    },

    getPlan: (url) => plans.get(getKey(url)) ?? {},

    async waitForRelease(url) {
      const key = getKey(url);
      await findSoon(() => (released.get(key) || undefined) && true);
      released.set(key, (released.get(key) ?? 0) - 1);
    },

    async answer(question) {
      switch (question.ask) {
        case "plan":
          plans.set(getKey(question.url), question.answer);
          return undefined;
        case "release":
          released.set(getKey(question.url), (released.get(getKey(question.url)) ?? 0) + 1);
          changes.raise();
          return undefined;
        case "seen": {
          const { containing, atLeast } = question;
          return findSoon(() => {
            const seen = findSeen(containing);
            return seen.length >= atLeast ? seen : undefined;
          });
        }
        case "settled": {
          const { containing, what } = question;
          return findSoon(() => findSeen(containing).find((seen) => seen[what] !== "open"));
        }
        case "search":
          return question.lists.map((texts) =>
            seenRequests
              .filter((seen) => texts.some((text) => holdsText(seen, text)))
              .map(({ url }) => url),
          );
        default:
          throw new Error(`The recorder does not know ${question.ask}`);
      }
    },
  };
}

function getKey(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}

function pairHeaders(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < raw.length; index += 2) {
    pairs.push([raw[index] as string, raw[index + 1] as string]);
  }
  return pairs;
}

const searchable = new WeakMap<SeenRequest, Buffer>();

/** Whether a request holds a text as bytes of UTF-8, anywhere. */
function holdsText(seen: SeenRequest, text: string): boolean {
  let bytes = searchable.get(seen);
  if (bytes === undefined) {
    const body = Buffer.from(seen.body, "base64");
    const head = [seen.url, ...seen.headers.flat()].join("\n");
    bytes = Buffer.concat([
      Buffer.from(`${head}\n`, "latin1"),
      body,
      decodeAsSent(body, seen.headers),
    ]);
    if (seen.state !== "open") searchable.set(seen, bytes);
  }
  return bytes.includes(text, 0, "utf8");
}

type Signal = { raise: () => void; wait: () => Promise<void> };

function createSignal(): Signal {
  let waiting: (() => void)[] = [];
  return {
    raise() {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    wait: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

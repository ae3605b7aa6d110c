import { Buffer } from "node:buffer";
import {
  type DatabaseFault,
  type PlannedAnswer,
  RECORDER_ORIGIN,
  type RecorderQuestion,
  type SeenRequest,
} from "../../../local/testing/upstream-protocol.ts";

/** An answer as a test plans it: its body in pieces of text or bytes. */
export type Answer = Omit<PlannedAnswer, "parts"> & { body?: (string | Uint8Array)[] };

/** A request as the upstream saw it, easy to compare. */
export type Seen = {
  method: string;
  url: URL;
  /** Values by name in lower case; those of one name joined as they came. */
  headers: Record<string, string>;
  bytes: Buffer;
  text: string;
  state: SeenRequest["state"];
};

/** Says how the upstream answers the requests for a URL's host and path. */
export async function planAnswer(url: string, { body, ...answer }: Answer): Promise<void> {
  const parts = (body ?? []).map((part) =>
    (typeof part === "string" ? Buffer.from(part, "utf8") : Buffer.from(part)).toString("base64"),
  );
  await ask({ ask: "plan", url, answer: { ...answer, parts } });
}

/** Lets the next part of a gated answer go. */
export async function releasePart(url: string): Promise<void> {
  await ask({ ask: "release", url });
}

/** Waits until the upstream has seen so many requests that hold a text; gives all of them. */
export async function findSeen(containing: string, atLeast = 1): Promise<Seen[]> {
  const seen = (await ask({ ask: "seen", containing, atLeast })) as SeenRequest[];
  return seen.map(describeSeen);
}

/** The only request that the upstream saw with a text in it. */
export async function getSeen(containing: string): Promise<Seen> {
  const [seen, ...others] = await findSeen(containing);
  if (seen === undefined || others.length > 0) throw new Error("not one request was seen");
  return seen;
}

/** Waits until a request's body, or the answer to it, has ended, and says how. */
export async function waitUntilSettled(
  containing: string,
  what: "state" | "answer",
): Promise<string> {
  return ((await ask({ ask: "settled", containing, what })) as SeenRequest)[what];
}

/** For each list of texts, the URLs of all requests to whatever host that hold one of them. */
export async function searchSeen(lists: string[][]): Promise<string[][]> {
  return (await ask({ ask: "search", lists })) as string[][];
}

/** The URLs of all requests that hold a text, at once and without waiting for any. */
export async function listSeen(text: string): Promise<string[]> {
  return (await searchSeen([[text]])).flat();
}

/** How often the database was asked for a sandbox's grants. */
export async function countGrantReads(sandboxId: string): Promise<number> {
  return (await ask({ ask: "database", containing: [sandboxId, "left join"] })) as number;
}

/** Lets the database's requests that hold a text fail, or work again. */
export async function breakDatabase(containing: string, fault: DatabaseFault): Promise<void> {
  await ask({ ask: "database-fault", containing, fault });
}

async function ask(question: RecorderQuestion): Promise<unknown> {
  const answer = await fetch(RECORDER_ORIGIN, { method: "POST", body: JSON.stringify(question) });
  if (!answer.ok) throw new Error(`the recorder answered ${answer.status}`);
  return answer.json();
}

function describeSeen({ method, url, headers, body, state }: SeenRequest): Seen {
  const bytes = Buffer.from(body, "base64");
  const byName: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    byName[key] = key in byName ? `${byName[key]}, ${value}` : value;
  }
  return {
    method,
    url: new URL(url),
    headers: byName,
    bytes,
    text: bytes.toString("utf8"),
    state,
  };
}

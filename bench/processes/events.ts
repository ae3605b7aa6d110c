// Listens to server-sent events and tells how long each was under way.
import { type IncomingMessage, request } from "node:http";
import { answerTask } from "./process.ts";

export type EventsTask = { url: string; headers: Record<string, string> };
/** Milliseconds from the upstream's write to the first byte here, of each event. */
export type EventsAnswer = { delaysMs: number[] };

answerTask<EventsTask, EventsAnswer>(async ({ url, headers }) => {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { headers }).end().once("response", resolve).once("error", reject);
  });
  if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`);
  const delaysMs: number[] = [];
  let rest = "";
  // The time at which the first bytes of an event came that is not whole yet.
  let begunAt: bigint | null = null;
  for await (const chunk of answer.setEncoding("utf8")) {
    const now = process.hrtime.bigint();
    const events = (rest + chunk).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const sentAt = BigInt(event.slice("data: ".length));
      delaysMs.push(Number((begunAt ?? now) - sentAt) / 1e6);
      begunAt = null;
    }
    if (rest !== "") begunAt ??= now;
  }
  return { delaysMs };
});

// Sends one long body up, or receives one, as fast as it goes.
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { answerTask } from "./process.ts";
import { BLOCK_BYTES, createTextBlock } from "./text-block.ts";

export type StreamTask = {
  direction: "up" | "down";
  url: string;
  headers: Record<string, string>;
  mib: number;
  /** What each MiB of a body that goes up holds once. */
  inserted: string;
};
/** `bytes` is how many arrived: at the upstream, or here. */
export type StreamAnswer = { seconds: number; bytes: number };

answerTask<StreamTask, StreamAnswer>(async (task) => {
  const block = createTextBlock(task.inserted);
  const startedAt = performance.now();
  const bytes = await (task.direction === "up" ? sendUp(task, block) : receiveDown(task));
  return { seconds: (performance.now() - startedAt) / 1000, bytes };
});

async function sendUp({ url, headers, mib }: StreamTask, block: Buffer): Promise<number> {
  const length = { "Content-Length": String(mib * BLOCK_BYTES) };
  const outgoing = request(url, { method: "POST", headers: { ...headers, ...length } });
  const answered = getAnswer(outgoing);
  for (let sent = 0; sent < mib; sent++) {
    if (!outgoing.write(block)) await new Promise((resolve) => outgoing.once("drain", resolve));
  }
  outgoing.end();
  return JSON.parse(await text(await answered)).bytes;
}

async function receiveDown({ url, headers }: StreamTask): Promise<number> {
  const answer = await getAnswer(request(url, { headers }).end());
  let bytes = 0;
  for await (const chunk of answer) bytes += chunk.length;
  return bytes;
}

async function getAnswer(outgoing: ReturnType<typeof request>): Promise<IncomingMessage> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve).once("error", reject);
  });
  if (answer.statusCode !== 200) {
    throw new Error(`answered ${answer.statusCode}: ${await text(answer)}`);
  }
  return answer;
}

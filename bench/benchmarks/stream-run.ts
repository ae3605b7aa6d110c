import type { Contender } from "../benchmark.ts";
import type { Ground } from "../ground/ground.ts";
import { readPeakMib } from "../ground/process-status.ts";
import type { Runtime } from "../ground/runtime.ts";
import { runTask } from "../processes/process.ts";
import type { StreamAnswer, StreamTask } from "../processes/stream.ts";
import { BLOCK_BYTES } from "../processes/text-block.ts";
import { createCallHeaders, createCallUrl } from "./egress-call.ts";

/** One long body, up with a placeholder or down with a value once in each MiB. */
export type StreamCase = { name: string; direction: "up" | "down"; contentType: string };

/** One stream; `peakMib` is the most memory that workerd had, null where it cannot be told. */
export type MeasuredStream = { mbPerSecond: number; peakMib: number | null };

// Long enough for the code to be compiled, and short enough to leave no mark on the memory.
const WARM_UP_MIB = 8;
const MB = 1e6;

/** Sends one stream through a fresh workerd, so that its peak of memory is this stream's alone. */
export async function measureStream(
  ground: Ground,
  contender: Contender,
  one: StreamCase,
  mib: number,
): Promise<MeasuredStream> {
  const runtime = await ground.startRuntime(["egress", "baseline"]);
  try {
    if (mib > WARM_UP_MIB) await sendStream(ground, runtime, contender, one, WARM_UP_MIB);
    const { seconds, bytes } = await sendStream(ground, runtime, contender, one, mib);
    return { mbPerSecond: bytes / MB / seconds, peakMib: readPeakMib(runtime.pid) };
  } finally {
    await runtime.stop();
  }
}

/** Sends one stream. Throws where not every placeholder, or value, was replaced. */
export async function sendStream(
  ground: Ground,
  runtime: Runtime,
  contender: Contender,
  one: StreamCase,
  mib: number,
): Promise<StreamAnswer> {
  const sandbox = ground.sandboxes.one;
  const placeholder = sandbox.env["KEY"] ?? "";
  const { direction, contentType } = one;
  const path = direction === "up" ? "/sink" : `/text?count=${mib}`;
  const answer = await runTask<StreamTask, StreamAnswer>("stream.ts", {
    direction,
    url: createCallUrl(ground, runtime.getOrigin(contender), path),
    headers: {
      ...createCallHeaders(sandbox),
      ...(direction === "up" ? { "Content-Type": contentType } : {}),
    },
    mib,
    inserted: placeholder,
  });
  const isChanged = contender === "egress" && contentType.startsWith("text/");
  const growth = (ground.value.length - placeholder.length) * (direction === "up" ? 1 : -1);
  const expected = mib * (BLOCK_BYTES + (isChanged ? growth : 0));
  if (answer.bytes === expected) return answer;
  throw new Error(`${one.name}: ${answer.bytes} bytes arrived where ${expected} were expected`);
}

import type { SourceMap } from "node:module";
import { relative, resolve } from "node:path";
import { PROJECT_ROOT } from "../../local/configuration.ts";

/** A CPU profile as V8 gives it (Profiler.Profile of the Chrome DevTools Protocol). */
export type CpuProfile = {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number };
  }[];
  /** For each sample the node that ran. */
  samples: number[];
  /** For each sample the microseconds since the one before. */
  timeDeltas: number[];
};

/** One function and the share of the busy time that was spent in it itself, from 0 to 1. */
export type SelfTime = { name: string; place: string; share: number };

// V8's name for a thread that waits.
const IDLE = "(idle)";

/** Tells where the code of a bundle in `folder` was written. */
export type Sources = { folder: string; map: SourceMap };

/** Lists the functions of a profile by their self time, the longest first. */
export function listSelfTimes(
  { nodes, samples, timeDeltas }: CpuProfile,
  sources: Sources | null,
): SelfTime[] {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const microseconds = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const frame = byId.get(id);
    if (frame === undefined || frame.functionName === IDLE) continue;
    const spent = Math.max(0, timeDeltas[index] ?? 0);
    const key = `${frame.functionName || "(anonymous)"}\n${describePlace(frame, sources)}`;
    microseconds.set(key, (microseconds.get(key) ?? 0) + spent);
    busy += spent;
  }
  return [...microseconds]
    .map(([key, spent]) => {
      const [name = "", place = ""] = key.split("\n");
      return { name, place, share: spent / busy };
    })
    .sort((a, b) => b.share - a.share);
}

type Frame = CpuProfile["nodes"][number]["callFrame"];

/** The file and line as they were written, where the source map knows them. */
function describePlace({ url, lineNumber, columnNumber }: Frame, sources: Sources | null): string {
  // The runtime's own code has negative lines.
  if (url === "" || lineNumber < 0) return "";
  const entry = sources?.map.findEntry(lineNumber, columnNumber);
  if (!sources || !entry || !("originalSource" in entry)) return `${url}:${lineNumber + 1}`;
  const file = relative(PROJECT_ROOT, resolve(sources.folder, entry.originalSource));
  return `${file}:${entry.originalLine + 1}`;
}

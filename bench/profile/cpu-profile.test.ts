import { expect, it } from "vitest";
import { type CpuProfile, listSelfTimes } from "./cpu-profile.ts";

function createFrame(functionName: string, url = "", lineNumber = -1) {
  return { functionName, url, lineNumber, columnNumber: 0 };
}

it("shares the busy time out among the functions, without the idle time", () => {
  const profile: CpuProfile = {
    nodes: [
      { id: 1, callFrame: createFrame("(idle)") },
      { id: 2, callFrame: createFrame("scrub", "index.js", 9) },
      // The same function, called from elsewhere.
      { id: 3, callFrame: createFrame("scrub", "index.js", 9) },
      { id: 4, callFrame: createFrame("") },
    ],
    samples: [1, 2, 3, 4, 1],
    timeDeltas: [1000, 20, 40, 20, 1000],
  };
  expect(listSelfTimes(profile, null)).toEqual([
    { name: "scrub", place: "index.js:10", share: 0.75 },
    { name: "(anonymous)", place: "", share: 0.25 },
  ]);
});

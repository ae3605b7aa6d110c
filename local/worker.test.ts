import { expect, test } from "vitest";
import { skipWarnings } from "./worker.ts";

test("shows errors with all their lines, and no warnings", () => {
  const shown: string[] = [];
  const lines = [
    ...["▲ [WARNING] Scheduled Workers are not triggered", "  To trigger one, run:", "    curl"],
    ...["✘ [ERROR] Build failed with 1 error:", "  index.ts:1:1"],
    ...["▲ [WARNING] said by a Worker", "workerd: out of memory"],
  ];
  const use = skipWarnings((line) => shown.push(line));
  for (const line of lines) use(line);
  expect(shown).toEqual([
    "✘ [ERROR] Build failed with 1 error:",
    "  index.ts:1:1",
    "workerd: out of memory",
  ]);
});

import { styleText } from "node:util";

const LABEL_WIDTH = 22;

/** Writes the demo's story and remembers whether all of it came out as told. */
export type Report = {
  /** Begins a step. */
  begin(title: string): void;
  /** Shows what one side sent or saw. */
  show(who: string, what: string): void;
  /** Shows what one side saw and whether it is what was promised. */
  check(who: string, seen: unknown, expected: unknown): void;
  /** How many checks failed. */
  failures(): number;
};

/** Makes a report that writes lines. */
export function createReport(write: (line: string) => void): Report {
  let step = 0;
  let failures = 0;
  const show = (who: string, what: string) => write(`   ${who.padEnd(LABEL_WIDTH)}${what}`);
  return {
    begin(title) {
      step++;
      write(`\n${styleText("bold", `${step}. ${title}`)}`);
    },
    show,
    check(who, seen, expected) {
      const text = String(seen);
      if (seen === expected) return show(who, `${text} ${styleText("green", "✓")}`);
      failures++;
      show(who, `${text} ${styleText("red", `✗ expected ${expected}`)}`);
    },
    failures: () => failures,
  };
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createOutcome,
  type Hindrance,
  noteOutcome,
  type Outcome,
  type Place,
  renderOutcome,
} from "./outcome.ts";
import { createCredential } from "./testing/credential.ts";

type Item = { variable: string; parameters: Record<string, string> };

/** Reads a List of Strings with Token and String parameters, strictly (RFC 9651, section 4.2). */
function parseList(header: string): Item[] {
  let rest = header;
  const items: Item[] = [];
  const take = (pattern: RegExp): string => {
    const match = new RegExp(`^(?:${pattern.source})`).exec(rest);
    if (match === null) throw new Error(`no ${pattern.source} at: ${rest}`);
    rest = rest.slice(match[0].length);
    return match[0];
  };
  const takeString = () =>
    take(/"(?:[ !#-[\]-~]|\\["\\])*"/)
      .slice(1, -1)
      .replace(/\\(.)/g, "$1");
  while (rest !== "") {
    const item: Item = { variable: takeString(), parameters: {} };
    while (rest.startsWith(";")) {
      take(/; */);
      const key = take(/[a-z*][a-z0-9_.*-]*/);
      take(/=/);
      item.parameters[key] = rest.startsWith('"')
        ? takeString()
        : take(/[A-Za-z*][!#$%&'*+.^_`|~\w:/-]*/);
    }
    items.push(item);
    if (rest === "") break;
    take(/[ \t]*,[ \t]*/);
    if (rest === "") throw new Error("a comma at the end");
  }
  return items;
}

const PLACES: Place[] = ["header", "path", "query", "body"];
const HINDRANCES: Hindrance[] = [
  "host-not-allowed",
  "location-not-allowed",
  "encoding-not-supported",
];

function note(kept: Outcome, index: number, places: Place[], hindrances: Hindrance[]) {
  const credential = createCredential(index, "the-secret-value", {
    environmentVariables: [`KEY_${index}`, `_ALIAS${index}`],
  });
  for (const place of places) noteOutcome(kept.places, credential, place);
  for (const hindrance of hindrances) noteOutcome(kept.hindrances, credential, hindrance);
}

describe("renderOutcome", () => {
  test("is empty where no secret is concerned", () => {
    expect(renderOutcome(createOutcome())).toBe("");
  });

  test("names every variable of a secret, its places in the order in which they were found", () => {
    const outcome = createOutcome();
    note(outcome, 1, ["header", "body", "header"], []);
    expect(renderOutcome(outcome)).toBe(
      '"KEY_1";outcome=substituted;places="header body", ' +
        '"_ALIAS1";outcome=substituted;places="header body"',
    );
  });

  test("says both of a secret that was put into one place and not into another", () => {
    const outcome = createOutcome();
    note(outcome, 1, ["header"], ["location-not-allowed"]);
    expect(parseList(renderOutcome(outcome)).map(({ parameters }) => parameters)).toEqual([
      { outcome: "substituted", places: "header" },
      { outcome: "substituted", places: "header" },
      { outcome: "location-not-allowed" },
      { outcome: "location-not-allowed" },
    ]);
  });

  test("a parser of structured fields reads back what was noted, and no value", () => {
    const secrets = fc.array(
      fc.record({ places: fc.subarray(PLACES), hindrances: fc.subarray(HINDRANCES) }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(secrets, (noted) => {
        const outcome = createOutcome();
        for (const [index, { places, hindrances }] of noted.entries()) {
          note(outcome, index, places, hindrances);
        }
        const header = renderOutcome(outcome);
        expect(header).not.toContain("the-secret-value");
        expect(new Headers({ "Egret-Outcome": header }).get("Egret-Outcome")).toBe(header);
        const items = parseList(header);
        const expected = noted.flatMap(({ places, hindrances }, index) =>
          [`KEY_${index}`, `_ALIAS${index}`].flatMap((variable) => [
            ...(places.length === 0
              ? []
              : [{ variable, parameters: { outcome: "substituted", places: places.join(" ") } }]),
            ...hindrances.map((outcome) => ({ variable, parameters: { outcome } })),
          ]),
        );
        const sorted = (list: Item[]) => list.map((item) => JSON.stringify(item)).sort();
        expect(sorted(items)).toEqual(sorted(expected));
      }),
      { numRuns: 300 },
    );
  });
});

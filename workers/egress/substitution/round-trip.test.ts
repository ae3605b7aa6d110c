import { Buffer } from "node:buffer";
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { createOutcome } from "./outcome.ts";
import { replaceAll } from "./replacer.ts";
import { substituteBody } from "./request-body.ts";
import { scrubBody, scrubFieldText, type ValueMatcher } from "./scrub.ts";
import { listSpellings } from "./spellings.ts";
import { createSubstitution, type Substitution } from "./substitution.ts";
import { createCredential, placeholderOf } from "./testing/credential.ts";
import { CopyingTransformStream, cutBytes, readAll, streamOf } from "./testing/streams.ts";
import { substituteUrl } from "./url.ts";

const TYPES = [
  "text/plain",
  "application/json",
  "application/x-www-form-urlencoded",
  "application/xml",
];

beforeAll(() => {
  vi.stubGlobal("IdentityTransformStream", CopyingTransformStream);
  return () => vi.unstubAllGlobals();
});

function prepare(values: readonly string[]): Substitution & { values: ValueMatcher } {
  const substitution = createSubstitution(
    values.map((value, index) => createCredential(index, value)),
  );
  if (substitution.values === null) throw new Error("nothing would be scrubbed");
  return { ...substitution, values: substitution.values };
}

/** What an upstream that answers with the request's body makes of it. */
async function echo(body: Buffer, type: string, cuts: number[], substitution: Substitution) {
  const { body: sent } = await substituteBody(
    { stream: streamOf(cutBytes(body, cuts)), headers: new Headers({ "Content-Type": type }) },
    substitution,
    createOutcome(),
  );
  return readAll(sent);
}

/** The spellings that stand in a text although no placeholder has a part in them. */
function findLeaks(text: string, values: readonly string[]): string[] {
  const marked = values.reduce(
    (rest, _, index) => rest.replaceAll(placeholderOf(index), "\0"),
    text,
  );
  return values
    .flatMap((value) => listSpellings(value))
    .map((bytes) => Buffer.from(bytes).toString("latin1"))
    .filter((spelling) => marked.includes(spelling));
}

// Few letters and much that is escaped, so that values overlap, nest and meet their neighbours.
const letters = fc.constantFrom("a", "b", "/", '"', "&", "é");
const someValues = fc.uniqueArray(fc.string({ unit: letters, minLength: 8, maxLength: 14 }), {
  minLength: 1,
  maxLength: 4,
});
const bodies = fc
  .array(
    fc.oneof(
      fc.nat({ max: 4 }).map(placeholderOf),
      fc.string({ unit: letters, maxLength: 14 }),
      fc.constant("dtn_secret_"),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));
const cuts = fc.array(fc.nat(), { maxLength: 5 });

describe("a value that went out and comes back", () => {
  test("no spelling of it is left in a body, for any body, any values and any cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        someValues,
        bodies,
        fc.constantFrom(...TYPES),
        cuts,
        async (values, body, type, places) => {
          const substitution = prepare(values);
          const answer = await echo(Buffer.from(body), type, places, substitution);
          const stream = streamOf(cutBytes(answer, places));
          const scrubbed = await readAll(
            await scrubBody(stream, new Headers(), substitution.values),
          );
          expect(findLeaks(scrubbed.toString("latin1"), values)).toEqual([]);
          const whole = replaceAll(substitution.values, (bytes) => bytes, answer);
          expect(scrubbed).toEqual(Buffer.from(whole));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("no spelling of it is left in a header that shows the URL", () => {
    fc.assert(
      fc.property(someValues, bodies, (values, text) => {
        const substitution = prepare(values);
        const href = new URL(`https://host.example/${text}?q=${text}&k=1`).href;
        const sent = substituteUrl(href, substitution, createOutcome());
        const shown = scrubFieldText(sent, substitution.values);
        expect(findLeaks(shown, values)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("its placeholder comes back where it stood, for values apart from their neighbours", async () => {
    const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{4}"[A-Z]{4}\/[0-9]{3}$/), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(
        words,
        fc.array(fc.nat({ max: 3 }), { maxLength: 6 }),
        fc.constantFrom(...TYPES),
        async (values, picks, type) => {
          const substitution = prepare(values);
          const body = picks.map((pick) => placeholderOf(pick % values.length)).join(" - ");
          const answer = await echo(Buffer.from(body), type, [7], substitution);
          expect(answer.toString()).not.toContain("dtn_secret_");
          const scrubbed = await scrubBody(streamOf([answer]), new Headers(), substitution.values);
          expect((await readAll(scrubbed)).toString()).toBe(body);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a value that holds another's placeholder is sent and scrubbed as a whole", async () => {
    const values = [`outer-${placeholderOf(1)}-outer`, "inner-value", "outer-in"];
    const substitution = prepare(values);
    const body = `${placeholderOf(0)}|${placeholderOf(1)}|${placeholderOf(2)}`;
    const answer = await echo(Buffer.from(body), "text/plain", [], substitution);
    expect(answer.toString()).toBe(values.join("|"));
    const scrubbed = await scrubBody(streamOf([answer]), new Headers(), substitution.values);
    expect((await readAll(scrubbed)).toString()).toBe(body);
  });

  test("a value made of another's placeholder and plain text can be put together by scrubbing: its parts are known to the sandbox anyway", async () => {
    const values = [`outer-${placeholderOf(1)}-outer`, "inner-value"];
    const substitution = prepare(values);
    const answer = await echo(
      Buffer.from(`outer-${placeholderOf(1)}-outer`),
      "text/plain",
      [],
      substitution,
    );
    expect(answer.toString()).toBe("outer-inner-value-outer");
    const scrubbed = await scrubBody(streamOf([answer]), new Headers(), substitution.values);
    expect((await readAll(scrubbed)).toString()).toBe(values[0]);
  });
});

describe("a body without a placeholder", () => {
  test("arrives byte by byte, whatever its type and its cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...TYPES),
        cuts,
        async (bytes, type, places) => {
          const substitution = prepare(["some-value"]);
          expect(await echo(Buffer.from(bytes), type, places, substitution)).toEqual(
            Buffer.from(bytes),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

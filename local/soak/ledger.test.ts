import { expect, test } from "vitest";
import {
  BOUND_MS,
  beginVersion,
  createValue,
  findCores,
  judgeArrival,
  type LedgerSecret,
  listFinalValues,
} from "./ledger.ts";

function createLedgerSecret(): LedgerSecret {
  const secret: LedgerSecret = {
    id: "s",
    placeholder: "dtn_secret_x",
    versions: [],
    deletion: null,
  };
  beginVersion(secret, "first", 0).answeredAt = 1;
  return secret;
}

test("takes a value that was replaced until 15 s after the answer, and not later", () => {
  const secret = createLedgerSecret();
  beginVersion(secret, "second", 100).answeredAt = 200;
  expect(judgeArrival(secret, "first", 200 + BOUND_MS)).toBeNull();
  expect(judgeArrival(secret, "first", 201 + BOUND_MS)).toContain("replaced");
  expect(judgeArrival(secret, "second", 201 + BOUND_MS)).toBeNull();
});

test("takes both values where a change had no answer, until a later one has", () => {
  const secret = createLedgerSecret();
  beginVersion(secret, "doubtful", 100);
  expect(judgeArrival(secret, "first", 1_000_000)).toBeNull();
  expect(judgeArrival(secret, "doubtful", 1_000_000)).toBeNull();
  expect(listFinalValues(secret)).toEqual(["first", "doubtful"]);
  beginVersion(secret, "third", 1_000_000).answeredAt = 1_000_001;
  expect(judgeArrival(secret, "doubtful", 1_000_002 + BOUND_MS)).toContain("replaced");
  expect(listFinalValues(secret)).toEqual(["third"]);
});

test("takes no placeholder, no foreign value and no gap for a secret that is there", () => {
  const secret = createLedgerSecret();
  expect(judgeArrival(secret, "dtn_secret_x", 5)).toContain("unswapped");
  expect(judgeArrival(secret, createValue(), 5)).toContain("no value of this secret");
  expect(judgeArrival(secret, null, 5)).toContain("nothing");
});

test("takes the placeholder once a deletion has begun, and no value 15 s after its answer", () => {
  const secret = createLedgerSecret();
  secret.deletion = { begunAt: 100, answeredAt: null };
  expect(judgeArrival(secret, "dtn_secret_x", 50)).toBeNull();
  expect(judgeArrival(secret, "first", 1_000_000)).toBeNull();
  secret.deletion.answeredAt = 200;
  expect(judgeArrival(secret, "first", 201 + BOUND_MS)).toContain("deleted");
});

test("finds a value as it is and in base64 at every alignment", () => {
  const value = createValue();
  for (const text of [value, encodeURIComponent(value), `${value}${value}`]) {
    expect(findCores(text).size).toBe(1);
  }
  for (const before of ["", "a", "ab", "abc"]) {
    const coded = Buffer.from(before + value).toString("base64");
    expect(findCores(`Basic ${coded}`).size, before).toBe(1);
    expect(findCores(`A${coded}`).size, before).toBe(1);
  }
  expect(findCores("dtn_secret_abc soak_zz").size).toBe(0);
});

import { expect, test } from "vitest";
import { createPhase } from "./tally.ts";
import { noteEnding, type World } from "./world.ts";

const WELL = createPhase("no fault", false);
const FAULT = createPhase("database killed", true);
const FAILURE = { outcome: "503", since: 0, until: 1, isFailure: true };

function createWorld(phase: World["phase"]): World {
  return {
    local: {} as World["local"],
    random: () => 0,
    phase: { ...phase, endings: [] },
    hasUpstreamFaults: false,
    isWorkerDown: false,
    subjects: [],
    answered: [],
    wrong: [],
    isOver: false,
  };
}

test("a failure that no fault excuses is wrong", () => {
  const world = createWorld(WELL);
  noteEnding(world, world.phase, "header", FAILURE);
  expect(world.wrong).toEqual(["no fault: header: 503 without a fault"]);
});

test("a failure belongs to the fault that began meanwhile", () => {
  const world = createWorld(FAULT);
  const before = { ...WELL, endings: [] };
  noteEnding(world, before, "header", FAILURE);
  expect(world.wrong).toEqual([]);
  expect(before.endings).toEqual([]);
  expect(world.phase.endings).toEqual([FAILURE]);
});

test("a failure of a fault that is over is still that fault's", () => {
  const world = createWorld(WELL);
  const before = { ...FAULT, endings: [] };
  noteEnding(world, before, "header", FAILURE);
  expect(world.wrong).toEqual([]);
  expect(before.endings).toEqual([FAILURE]);
});

test("what is lost because a Worker is stopped belongs to that, whenever it was sent", () => {
  const world = { ...createWorld(FAULT), isWorkerDown: true };
  const before = { ...FAULT, endings: [] };
  noteEnding(world, before, "header", FAILURE);
  expect(before.endings).toEqual([]);
  expect(world.phase.endings).toEqual([FAILURE]);
});

import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox, Secret } from "../client.ts";
import type { LocalDetails } from "../state.ts";
import { exchange } from "./exchange.ts";
import { beginVersion, createValue, findCores, type LedgerSecret } from "./ledger.ts";
import { pick } from "./random.ts";
import { type AnsweredChange, noteEnding, noteWrong, type Subject, type World } from "./world.ts";

const PAUSE_MS = 300;
const MIN_SUBJECTS = 12;
const MAX_SUBJECTS = 40;

/** Rotates, creates and deletes secrets, one after the other, until the soak is over. */
export async function makeChanges(world: World, busy: Set<LedgerSecret>): Promise<void> {
  while (!world.isOver) {
    const chance = world.random();
    const alive = world.subjects.filter(({ secret }) => secret.deletion === null);
    if (chance < 0.15 && alive.length < MAX_SUBJECTS) await createSubject(world);
    else {
      const { secret } = pick(world.random, alive);
      // Changes of one secret come one after the other, so that their order is known.
      if (!busy.has(secret)) {
        busy.add(secret);
        if (chance > 0.9 && alive.length > MIN_SUBJECTS) await deleteSecret(world, secret);
        else await rotate(world, secret);
        busy.delete(secret);
      }
    }
    await sleep(PAUSE_MS);
  }
}

/** Creates a secret and a sandbox that has it; null where one of both was refused. */
export async function createSubject(world: World): Promise<Subject | null> {
  const value = createValue();
  const name = `SOAK_${value.slice(5, 29)}`;
  const begunAt = performance.now();
  const secret = await call<Secret>(world, "POST", "/secret", {
    name,
    value,
    hosts: ["127.0.0.1"],
  });
  if (secret === null) return null;
  note(world, "create", secret.id);
  const kept: LedgerSecret = {
    id: secret.id,
    placeholder: secret.placeholder,
    versions: [{ value, begunAt, answeredAt: performance.now() }],
    deletion: null,
  };
  const sandbox = await call<Sandbox>(world, "POST", "/sandbox", { secrets: [{ KEY: name }] });
  if (sandbox === null) return null;
  note(world, "create", sandbox.id);
  const subject = { secret: kept, sandbox };
  world.subjects.push(subject);
  return subject;
}

async function rotate(world: World, secret: LedgerSecret): Promise<void> {
  const value = createValue();
  const version = beginVersion(secret, value, performance.now());
  if ((await call(world, "PATCH", `/secret/${secret.id}`, { value })) === null) return;
  version.answeredAt = performance.now();
  note(world, "update", secret.id);
}

async function deleteSecret(world: World, secret: LedgerSecret): Promise<void> {
  secret.deletion = { begunAt: performance.now(), answeredAt: null };
  if ((await call(world, "DELETE", `/secret/${secret.id}`)) === null) return;
  secret.deletion.answeredAt = performance.now();
  note(world, "delete", secret.id);
}

function note(world: World, action: AnsweredChange["action"], targetId: string): void {
  world.answered.push({ action, targetId });
}

/** Asks the API for a change; null where it was refused, which must be in a clear way. */
async function call<T>(
  world: World,
  method: string,
  path: string,
  body?: unknown,
): Promise<T | null> {
  const { phase, local } = world;
  const since = performance.now();
  const answer = await askApi(local, method, path, body);
  const isFailure = answer.status === null || answer.status >= 300;
  noteEnding(world, phase, `${method} of the API`, {
    outcome: `API ${answer.status ?? answer.end}`,
    since,
    until: performance.now(),
    isFailure,
  });
  const wrong = (what: string) => noteWrong(world, `${method} of the API: ${what}`);
  if (findCores(answer.body).size > 0) wrong("a value in an answer");
  if (answer.end !== "whole") wrong(answer.end);
  if (!isFailure) return (answer.body === "" ? {} : JSON.parse(answer.body)) as T;
  if (answer.status !== 503) wrong(`an unexpected ${answer.status}`);
  else if (!answer.body.includes("EGRET_API")) wrong(`an unclear ${answer.status}`);
  return null;
}

/** Asks the API with the owner's key. */
export function askApi(local: LocalDetails, method: string, path: string, body?: unknown) {
  return exchange(local.apiUrl + path, {
    method,
    headers: { Authorization: `Bearer ${local.apiKey}`, "Content-Type": "application/json" },
    body: body === undefined ? [] : [JSON.stringify(body)],
  });
}

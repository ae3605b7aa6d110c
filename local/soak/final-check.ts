import { setTimeout as sleep } from "node:timers/promises";
import { askApi } from "./changes.ts";
import { exchange } from "./exchange.ts";
import { BOUND_MS, findCores, listFinalValues } from "./ledger.ts";
import { noteWrong, type Subject, type World } from "./world.ts";

const POLL_MS = 500;
const PAGE = 200;

/** What an upstream received last in `X-Api-Key`, by the number in the request's path. */
export type LastArrivals = Map<number, string | null>;

/** Checks that the audit log has each answered change, and no value; gives its number of rows. */
export async function checkAudit(world: World): Promise<number> {
  const counts = new Map<string, number>();
  let rows = 0;
  for (let page = 1; ; page++) {
    const path = `/audit/organizations/${world.local.organizationId}?page=${page}&limit=${PAGE}`;
    const { status, body } = await askApi(world.local, "GET", path);
    if (status !== 200) {
      noteWrong(world, `the audit log answers ${status}`);
      return rows;
    }
    if (findCores(body).size > 0) noteWrong(world, "a value in the audit log");
    const { items, totalPages } = JSON.parse(body) as {
      items: { action: string; targetId: string; statusCode: number }[];
      totalPages: number;
    };
    rows += items.length;
    for (const { action, targetId, statusCode } of items) {
      const key = `${action} ${targetId}`;
      if (statusCode < 300) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    if (page >= totalPages) break;
  }
  for (const { action, targetId } of world.answered) {
    const key = `${action} ${targetId}`;
    const left = counts.get(key) ?? 0;
    if (left === 0) noteWrong(world, `no row in the audit log for an answered ${action}`);
    counts.set(key, left - 1);
  }
  return rows;
}

/** Checks that, within 15 s, every secret has a value that its last answered change left. */
export async function checkValues(
  world: World,
  send: (subject: Subject) => Promise<string | null>,
): Promise<void> {
  await Promise.all(
    world.subjects.map(async (subject) => {
      const { secret } = subject;
      const deadline = performance.now() + BOUND_MS;
      const isGone = secret.deletion !== null;
      const isSure = secret.deletion?.answeredAt !== null;
      const allowed = [
        ...(isGone ? [secret.placeholder] : []),
        ...(isGone && isSure ? [] : listFinalValues(secret)),
      ];
      for (;;) {
        const got = await send(subject);
        if (got !== null && allowed.includes(got)) return;
        if (performance.now() > deadline) return noteWrong(world, "a committed change is lost");
        await sleep(POLL_MS);
      }
    }),
  );
}

/** Sends one request with the placeholder in a header; gives what the upstream received. */
export async function sendHeader(
  { secret, sandbox }: Subject,
  port: number,
  id: number,
  last: LastArrivals,
): Promise<string | null> {
  await exchange(`${sandbox.egress.url}/forward/http/127.0.0.1:${port}/header/${id}`, {
    method: "GET",
    headers: {
      "Proxy-Authorization": `Bearer ${sandbox.egress.token}`,
      "X-Api-Key": secret.placeholder,
    },
    body: [],
  });
  return last.get(id) ?? null;
}

import { env } from "cloudflare:workers";
import { Buffer } from "node:buffer";
import { format } from "node:util";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { openTestDatabase } from "./fixture.ts";
import { searchSeen } from "./upstream.ts";

const bindings = env as unknown as { GRANTS: KVNamespace };

/** Shorter values stand in other texts by chance, and are not scrubbed either. */
const MIN_RECOGNIZABLE_LENGTH = 12;
const TABLES = ["sandboxes", "sandbox_secrets", "secrets", "audit_logs"];
const CONSOLE_METHODS = ["debug", "error", "info", "log", "trace", "warn"] as const;

type WatchedSecret = { value: string; hosts: readonly string[]; organizationId: string };

const checkedKeys = new Set<string>();
let watchedSecrets: WatchedSecret[] = [];
let answers: { head: string; chunks: Uint8Array[] }[] = [];
let lines: string[] = [];

/** Lets the net know a value and the hosts that may see it. */
export function watchSecret(secret: WatchedSecret): void {
  if (secret.value.length >= MIN_RECOGNIZABLE_LENGTH) watchedSecrets.push(secret);
}

/** Hands an answer on, and keeps what a sandbox sees of it. */
export function watchAnswer(answer: Response): Response {
  const chunks: Uint8Array[] = [];
  answers.push({ head: [answer.statusText, ...[...answer.headers].flat()].join("\n"), chunks });
  if (answer.body === null || answer.webSocket) return answer;
  const copied = answer.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        chunks.push(chunk.slice());
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(copied, answer);
}

beforeEach(() => {
  watchedSecrets = [];
  answers = [];
  lines = [];
  for (const method of CONSOLE_METHODS) {
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      lines.push(format(...args));
    });
  }
});

afterEach(async () => {
  await expectNoLeak();
  vi.restoreAllMocks();
});

/** Fails where a value of this test stands in any place in which none may stand. */
export async function expectNoLeak(): Promise<void> {
  if (watchedSecrets.length === 0) return;
  const texts = new Set(watchedSecrets.flatMap(({ value }) => listSimpleSpellings(value)));
  for (const { head, chunks } of answers) {
    expectNone(texts, Buffer.from(head, "utf8"), "an answer's head");
    expectNone(texts, Buffer.from(head, "latin1"), "an answer's head");
    expectNone(texts, Buffer.concat(chunks), "an answer's body");
  }
  expectNone(texts, Buffer.from(lines.join("\n"), "utf8"), "the log");
  expectNone(texts, Buffer.from(await readKv(), "utf8"), "KV");
  expectNone(texts, Buffer.from(await readDatabase(), "utf8"), "the database");
  await expectOnlyAllowedHosts();
}

/** Lets the net forget the values of this test, and so whatever was done with them. */
export function forgetSecrets(): void {
  watchedSecrets = [];
}

/** What was logged in this test so far. */
export function readLog(): string {
  return lines.join("\n");
}

function expectNone(texts: ReadonlySet<string>, bytes: Buffer, where: string): void {
  const found = [...texts].filter((text) => bytes.includes(text));
  expect(found, `values in ${where}`).toEqual([]);
}

/** The spellings in which values leak most; written apart from those that are scrubbed. */
function listSimpleSpellings(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    bytes.toString("base64").replace(/.?=+$/, ""),
    bytes.toString("base64url").slice(0, -1),
    bytes.toString("hex"),
  ];
}

async function expectOnlyAllowedHosts(): Promise<void> {
  const searched = watchedSecrets.map(({ value }) => listSimpleSpellings(value));
  const found = await searchSeen(searched);
  const strangers = watchedSecrets.flatMap(({ hosts }, index) =>
    (found[index] ?? [])
      .map((url) => new URL(url).hostname)
      .filter((host) => !isAllowed(hosts, host)),
  );
  expect(strangers, "hosts that saw a value and may not").toEqual([]);
}

function isAllowed(hosts: readonly string[], host: string): boolean {
  return hosts.some(
    (entry) =>
      entry === "*" ||
      entry === host ||
      (entry.startsWith("*.") && `.${host}`.endsWith(entry.slice(1))),
  );
}

async function readKv(): Promise<string> {
  const { keys } = await bindings.GRANTS.list();
  const names = keys.map(({ name }) => name).filter((name) => !checkedKeys.has(name));
  const values = await Promise.all(names.map((name) => bindings.GRANTS.get(name)));
  for (const name of names) checkedKeys.add(name);
  return names.map((name, index) => `${name} ${values[index]}`).join("\n");
}

async function readDatabase(): Promise<string> {
  const ids = [...new Set(watchedSecrets.map(({ organizationId }) => `'${organizationId}'`))];
  const selects = TABLES.map(
    (table) => `select * from ${table} where organization_id in (${ids.join()})`,
  );
  const results = await openTestDatabase().$client.batch(selects, "read");
  return JSON.stringify(results.map(({ rows }) => rows));
}

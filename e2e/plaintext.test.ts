import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { callApi, createSandbox, createSecret, fetchThroughEgress } from "../local/client.ts";
import { startUpstream, type Upstream } from "../local/demo/upstream.ts";

const local = inject("local");
const stateDirectory = inject("stateDirectory");
const suffix = randomBytes(6).toString("hex");
const values = [1, 2, 3].map(() => `plain-${randomBytes(18).toString("base64")}`);
const [first = "", second = "", refused = ""] = values;

let upstream: Upstream;
let placeholder: string;
let token: string;
let sandboxId: string;

beforeAll(async () => {
  upstream = await startUpstream();
  const name = `PLAIN_${suffix}`;
  const secret = await createSecret(local, { name, value: first, hosts: ["127.0.0.1"] });
  await callApi(local, "POST", "/secret", { name, value: refused, hosts: [] });
  await callApi(local, "POST", "/secret", { name: "not a name", value: refused });
  await callApi(local, "PATCH", `/secret/${secret.id}`, { value: refused, hosts: ["a/b"] });
  const sandbox = await createSandbox(local, [{ API_KEY: name }]);
  await useEverywhere(sandbox, secret.placeholder);
  await callApi(local, "PATCH", `/secret/${secret.id}`, { value: second });
  const later = await createSandbox(local, [{ API_KEY: name }]);
  await useEverywhere(later, secret.placeholder);
  placeholder = secret.placeholder;
  token = later.egress.token;
  sandboxId = later.id;
});

afterAll(() => upstream.close());

test("the values were in use: each arrived where it was allowed to", () => {
  const received = upstream.seen.map((request) => JSON.stringify(request)).join("\n");
  expect(received).toContain(first);
  expect(received).toContain(second);
});

test("no file of the stack holds a value, in any spelling, or a sandbox token", async () => {
  const files = await vi.waitFor(
    async () => {
      const read = await readFiles(stateDirectory);
      // The cache is written after the answer; without it the search would prove little.
      expect(findFiles(read, sandboxId).some((path) => path.includes("/egress/v3/kv/"))).toBe(true);
      return read;
    },
    { timeout: 10_000, interval: 100 },
  );
  // What may be found is found, so the search reads what it should.
  expect(findFiles(files, placeholder).some((path) => path.includes("egret.db"))).toBe(true);
  expect([...files.keys()].filter((path) => path.endsWith(".log"))).toHaveLength(3);
  for (const value of values) {
    for (const spelling of listSpellings(value)) {
      expect(findFiles(files, spelling), spelling).toEqual([]);
    }
  }
  expect(findFiles(files, token)).toEqual([]);
});

test("no answer of the API holds a value", async () => {
  for (const path of ["/secret", "/secret/paginated", "/sandbox"]) {
    const answer = JSON.stringify(await callApi(local, "GET", path));
    for (const value of values) expect(answer).not.toContain(value);
  }
});

async function useEverywhere(
  sandbox: Awaited<ReturnType<typeof createSandbox>>,
  secretPlaceholder: string,
): Promise<void> {
  const basic = Buffer.from(`user:${secretPlaceholder}`).toString("base64");
  for (const host of ["127.0.0.1", "localhost"]) {
    const target = `${host}:${upstream.port}/p/${secretPlaceholder}?q=${secretPlaceholder}`;
    const init = {
      method: "POST",
      headers: {
        Authorization: `Basic ${basic}`,
        "X-Api-Key": secretPlaceholder,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ key: secretPlaceholder }),
    };
    await (await fetchThroughEgress(sandbox, `http://${target}`, init)).text();
    const { url, token: sandboxToken } = sandbox.egress;
    await (await fetch(`${url}/token/${sandboxToken}/forward/http/${target}`, init)).text();
  }
  // Refusals and failures are logged: 403 or 502, and a route that is none.
  await (await fetchThroughEgress(sandbox, "http://127.0.0.1:1/", { method: "POST" })).text();
  await (await fetch(`${sandbox.egress.url}/token/${sandbox.egress.token}/nothing`)).text();
}

/** As it is, in hex, and in base64 at each of the three positions it can begin at. */
function listSpellings(value: string): string[] {
  const bytes = Buffer.from(value);
  const aligned = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // Without the characters that the bytes before or after the value have a part in.
    return text.slice(offset === 0 ? 0 : 4, Math.floor(((offset + bytes.length) * 8) / 6));
  });
  return [
    ...[value, encodeURIComponent(value), bytes.toString("hex")],
    ...aligned.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]),
  ];
}

async function readFiles(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path, await readFile(path));
  }
  return files;
}

function findFiles(files: ReadonlyMap<string, Buffer>, text: string): string[] {
  return [...files].filter(([, content]) => content.includes(text)).map(([path]) => path);
}

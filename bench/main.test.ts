import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import type { Row } from "./row.ts";

const MAIN = join(import.meta.dirname, "main.ts");
// A time that only a run which hangs needs, on a machine that does much else.
const TIMEOUT_MS = 300_000;

const ROWS = [
  ...["one-secret", "p99", "hundred-secrets", "other-host", "json-body", "floor"],
  ...["upload", "long-upload", "download", "long-download", "untouched"],
  ...["first-byte", "cold-sandbox", "hit-rate"],
  ...["api-create", "api-get", "api-list", "api-update"],
  ...["start-api", "start-egress", "bundle-api", "bundle-egress", "npm-start"],
];

it("measures every row in a quick run and leaves nothing behind", {
  timeout: TIMEOUT_MS,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "egret-bench-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, "--quick", "--json"], {
    env: { ...process.env, TMPDIR: folder },
  });
  const { machine, effort, rows } = JSON.parse(stdout) as {
    machine: object;
    effort: { name: string };
    rows: Row[];
  };
  expect(effort.name).toBe("quick");
  expect(machine).toMatchObject({ cores: expect.any(Number), workerd: expect.any(String) });
  expect(rows.map(({ name }) => name)).toEqual(ROWS);
  for (const row of rows) {
    expect(row).toEqual({
      name: row.name,
      what: expect.stringMatching(/\w/),
      figure: expect.stringMatching(/\w/),
      measured: expect.stringMatching(/\w/),
      baseline: row.baseline === null ? null : expect.stringMatching(/\d/),
      isReached: row.isReached === null ? null : expect.any(Boolean),
      note: expect.any(String),
      numbers: expect.any(Object),
    });
    expect(Object.keys(row.numbers)).not.toEqual([]);
  }
  expect(await readdir(folder)).toEqual([]);
});

it("names the rows where one is asked for that there is not", async () => {
  const run = promisify(execFile)(process.execPath, [MAIN, "--only", "speed"]);
  await expect(run).rejects.toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining(`There is no row "speed". The rows are: one-secret,`),
  });
});

import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isApiKey } from "../shared/api-key.ts";
import { createSandboxTokenSigner, createSandboxTokenVerifier } from "../shared/sandbox-token.ts";
import { StartError } from "./configuration.ts";
import { openState, writeDetails } from "./state.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "egret-state-"));
});

afterEach(() => rm(folder, { recursive: true }));

test("makes a private folder with private files, also where the folder was open to all", async () => {
  await chmod(folder, 0o777);
  const state = await openState(folder);
  await writeDetails(state, { ...DETAILS, apiKey: state.keys.apiKey });
  expect(await readMode(folder)).toBe(0o700);
  expect(await readMode(join(folder, "keys.json"))).toBe(0o600);
  expect(await readMode(join(folder, "local.json"))).toBe(0o600);
  expect(await readMode(state.logDirectory)).toBe(0o700);
  await state.close();
});

test("keeps its keys from one start to the next", async () => {
  const first = await openState(folder);
  await first.close();
  const second = await openState(folder);
  await second.close();
  expect(second.keys).toEqual(first.keys);
  expect(isApiKey(second.keys.apiKey)).toBe(true);
});

test("makes token keys of which one half verifies what the other signs", async () => {
  const { keys, close } = await openState(folder);
  await close();
  const identity = { sandboxId: "sandbox", organizationId: "organization", expiresAt: 2_000_000 };
  const sign = createSandboxTokenSigner(keys.sandboxTokenSigningKeys);
  const verify = createSandboxTokenVerifier(keys.sandboxTokenJwks);
  expect(await verify(await sign(identity, 1_000_000), 1_000_000)).toEqual(identity);
  expect(JSON.parse(keys.sandboxTokenJwks).keys[0]).not.toHaveProperty("d");
});

test("has a local.json only between ready and stop, whatever a crash left behind", async () => {
  const path = join(folder, "local.json");
  await writeFile(path, "of a run that crashed");
  const state = await openState(folder);
  await expect(stat(path)).rejects.toThrow("ENOENT");
  await writeDetails(state, DETAILS);
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(DETAILS);
  await state.close();
  await expect(stat(path)).rejects.toThrow("ENOENT");
});

test("refuses a database without its keys instead of making new ones", async () => {
  await writeFile(join(folder, "egret.db"), "");
  const opened = openState(folder);
  await expect(opened).rejects.toThrow(StartError);
  await expect(opened).rejects.toThrow("keys.json");
  await expect(stat(join(folder, "keys.json"))).rejects.toThrow("ENOENT");
});

test("refuses keys that cannot be read, does not quote them and lets the folder go", async () => {
  await writeFile(join(folder, "keys.json"), "dtn_broken");
  const error = await openState(folder).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(StartError);
  expect(error.message).not.toContain("dtn_broken");
  await rm(join(folder, "keys.json"));
  await (await openState(folder)).close();
});

test("names a state folder that cannot be one", async () => {
  const file = join(folder, "file");
  await writeFile(file, "kept");
  await expect(openState(file)).rejects.toThrow(`${file} (EGRET_STATE_DIR) cannot be used`);
  expect(await readFile(file, "utf8")).toBe("kept");
});

const DETAILS = {
  apiUrl: "http://127.0.0.1:1/api",
  egressUrl: "http://127.0.0.1:2",
  databaseUrl: "http://127.0.0.1:3",
  apiKey: "",
  organizationId: "",
};

async function readMode(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

import { randomBytes, randomUUID } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createApiKey } from "../shared/api-key.ts";
import { StartError } from "./configuration.ts";
import { createDeploymentKeys, type DeploymentKeys } from "./keys.ts";
import { lockState } from "./lock.ts";

/** What a local deployment keeps for itself, made once and never again. */
export type LocalKeys = DeploymentKeys & {
  databaseAuthToken: string;
  organizationId: string;
  /** The first API key, whole: the database has its hash alone. */
  apiKey: string;
};

/** What a program needs to use a running stack: the content of local.json. */
export type LocalDetails = {
  /** Ends in `/api`: what Daytona's SDKs take as `apiUrl`. */
  apiUrl: string;
  egressUrl: string;
  /** With its `authToken`, as libSQL clients take it. */
  databaseUrl: string;
  apiKey: string;
  organizationId: string;
};

/** The locked state folder of one local stack, and where things are in it. */
export type State = {
  directory: string;
  keys: LocalKeys;
  databaseFile: string;
  /** Workers KV. */
  storageDirectory: string;
  logDirectory: string;
  /** Removes local.json and lets the folder go. */
  close(): Promise<void>;
};

/**
 * Opens a state folder for this process alone, and makes it on the first run: mode 700, its files
 * 600. The local.json that a crashed run left is removed, for it stands for a stack that is ready.
 * Throws a StartError when it is in use or lacks its keys.
 */
export async function openState(directory: string): Promise<State> {
  await makeDirectory(directory);
  const unlock = await lockState(directory);
  try {
    await rm(detailsPath(directory), { force: true });
    const state: State = {
      directory,
      keys: await openKeys(directory),
      databaseFile: join(directory, "egret.db"),
      storageDirectory: join(directory, "storage"),
      logDirectory: join(directory, "logs"),
      async close() {
        await rm(detailsPath(directory), { force: true });
        await unlock();
      },
    };
    await mkdir(state.logDirectory, { recursive: true, mode: 0o700 });
    return state;
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Writes local.json: the sign that the stack is ready. */
export async function writeDetails(state: State, details: LocalDetails): Promise<void> {
  await writeWhole(detailsPath(state.directory), `${JSON.stringify(details, null, 2)}\n`);
}

/** Writes a file of mode 600 so that readers find it whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  await writeFile(draft, text, { mode: 0o600, flush: true });
  await rename(draft, path);
}

function detailsPath(directory: string): string {
  return join(directory, "local.json");
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The state folder ${directory} (EGRET_STATE_DIR) cannot be used: ${code}.`,
    );
  }
}

async function openKeys(directory: string): Promise<LocalKeys> {
  const path = join(directory, "keys.json");
  if (await exists(path)) return readKeys(path);
  if (await exists(join(directory, "egret.db"))) {
    throw new StartError(
      `${directory} holds a database but not its keys (keys.json), without which no secret opens. ` +
        "Put the file back, or remove the folder to begin anew.",
    );
  }
  const keys = await createLocalKeys();
  await writeWhole(path, `${JSON.stringify(keys, null, 2)}\n`);
  return keys;
}

async function createLocalKeys(): Promise<LocalKeys> {
  return {
    ...(await createDeploymentKeys()),
    databaseAuthToken: randomBytes(32).toString("base64url"),
    organizationId: randomUUID(),
    apiKey: createApiKey(),
  };
}

async function readKeys(path: string): Promise<LocalKeys> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as LocalKeys;
  } catch {
    // The parser's own message would quote the file.
    throw new StartError(`${path} cannot be read. Put back a copy, or remove the folder.`);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

import { readFileSync } from "node:fs";
import { lstat, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { type Child, startChild } from "./child.ts";
import { DEFAULT_STATE_DIRECTORY, PROJECT_ROOT } from "./configuration.ts";
import { type State, writeWhole } from "./state.ts";

const LEASH = join(import.meta.dirname, "leash.ts");
const WRANGLER = join(PROJECT_ROOT, "node_modules/wrangler/bin/wrangler.js");

/** One of the two Workers: its environment in wrangler.toml. */
export type WorkerName = "api" | "egress";

/** A Worker's bindings that are not in wrangler.toml. */
export type Bindings = Readonly<Record<string, string>>;

/**
 * Writes a Worker's bindings into the state folder, where `wrangler dev` reads them: as arguments
 * every user of the machine would see them. For the default state folder a link in the project's
 * root (git-ignored) points there, so that `npx wrangler dev -e <name>` finds them by itself.
 */
export async function writeBindings(
  state: State,
  name: WorkerName,
  bindings: Bindings,
): Promise<void> {
  const lines = Object.entries(bindings).map(([key, value]) => `${key}='${value}'\n`);
  await writeWhole(bindingsPath(state, name), lines.join(""));
  if (state.directory === DEFAULT_STATE_DIRECTORY) await linkBindings(state, name);
}

/** Starts a Worker under `wrangler dev` on its port, its KV in the state folder. */
export function startWorker(
  state: State,
  name: WorkerName,
  port: number,
  onError: (line: string) => void,
): Child {
  return startChild({
    name: `The ${name} Worker`,
    nodeArgs: ["--import", LEASH],
    script: WRANGLER,
    args: [
      ...["dev", "--env", name],
      ...["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"],
      // Each its own: two runtimes that open one store's files at once may find them locked.
      ...["--persist-to", join(state.storageDirectory, name)],
      ...["--env-file", bindingsPath(state, name)],
      "--show-interactive-dev-session=false",
    ],
    env: {
      ...readWranglerSettings(),
      // Apart from other stacks, which have Workers of the same names.
      WRANGLER_REGISTRY_PATH: join(state.directory, "registry"),
    },
    logFile: join(state.logDirectory, `${name}.log`),
    // Wrangler's own lines name each request's URL, and that may hold a sandbox token.
    keepsLine: (line) => !line.startsWith("[wrangler:info]"),
    onError: skipWarnings(onError),
  });
}

/**
 * Passes on the lines of standard error that are no warnings: wrangler's and a Worker's own begin
 * with a mark and go on indented. The log has them.
 */
export function skipWarnings(use: (line: string) => void): (line: string) => void {
  let isWarning = false;
  return (line) => {
    if (!line.startsWith(" ")) isWarning = line.startsWith("▲ [WARNING]");
    if (!isWarning) use(line);
  };
}

/** What wrangler reads from the project's root by itself where it is given no --env-file. */
function readWranglerSettings(): Record<string, string> {
  const settings = parseEnv(readFileSync(join(PROJECT_ROOT, ".env"), "utf8"));
  return settings as Record<string, string>;
}

function bindingsPath(state: State, name: WorkerName): string {
  return join(state.directory, `${name}.env`);
}

async function linkBindings(state: State, name: WorkerName): Promise<void> {
  const path = join(PROJECT_ROOT, `.dev.vars.${name}`);
  const present = await lstat(path).catch(() => null);
  // A file that is not our link is the user's own.
  if (present !== null && !present.isSymbolicLink()) return;
  await rm(path, { force: true });
  await symlink(bindingsPath(state, name), path);
}

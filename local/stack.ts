import { join } from "node:path";
import { migrateDatabase } from "../migrations/migrate.ts";
import { type Child, startChild } from "./child.ts";
import type { Configuration } from "./configuration.ts";
import { createFirstOrganization } from "./first-organization.ts";
import { choosePort } from "./ports.ts";
import { waitUntilReady } from "./readiness.ts";
import { type LocalDetails, openState, type State, writeDetails } from "./state.ts";
import { type Bindings, startWorker, type WorkerName, writeBindings } from "./worker.ts";

const DATABASE_SERVER = join(import.meta.dirname, "database/main.ts");

/** A part of a stack: each is a process of its own, which leads a process group. */
export type PartName = "database" | WorkerName;

/** What the Workers get otherwise than from the stack, where its parts are to be disturbed. */
export type WorkerOverrides = {
  /** Gives the URL under which both Workers reach the database, from the server's own. */
  routeDatabase: (serverUrl: string) => Promise<string>;
  /** Bindings of the egress Worker beside the stack's. */
  egressBindings: Bindings;
};

/** How a stack is started. */
export type StackOptions = {
  configuration: Configuration;
  /** Only the database server: both Workers may then be run by hand. */
  databaseOnly: boolean;
  /** Receives what the parts write to their standard error, line by line. */
  onError: (line: string) => void;
  /** Ends a start that is under way. */
  signal: AbortSignal;
  overrides?: WorkerOverrides;
};

/** A running stack. */
export type Stack = {
  details: LocalDetails;
  /** Whether this start made the organization and its key. */
  isFirstRun: boolean;
  /** Becomes a sentence when a part ends by itself; pending while all is well. */
  failed: Promise<string>;
  getPid(name: PartName): number;
  /** Ends a part that still runs and starts it anew on its port; returns when it answers. */
  restart(name: PartName): Promise<void>;
  /** Stops every part, within 5 s, and gives the state folder free. */
  stop(): Promise<void>;
};

type Part = {
  child: Child;
  start: () => Child;
  /** Answers once the part is ready. */
  url: string;
};
type Parts = Map<PartName, Part>;
type Ports = { api: number; egress: number; database: number };

/**
 * Starts the database server, brings it to the newest schema with its first organization, and
 * starts both Workers on it; returns when all of them answer. Whatever goes wrong, nothing is left
 * running. Throws a StartError for what the user can mend.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const state = await openState(options.configuration.stateDirectory);
  const parts: Parts = new Map();
  const stop = async () => {
    await Promise.all([...parts.values()].map(({ child }) => child.stop()));
    await state.close();
  };
  try {
    const ports = await choosePorts(options);
    const details = describeStack(state, ports);
    const isFirstRun = await startDatabase(state, ports, options, parts);
    await writeAllBindings(state, ports, details, options.overrides);
    if (!options.databaseOnly) {
      await startWorkers(state, ports, options, parts, details);
      await writeDetails(state, details);
    }
    return {
      details,
      isFirstRun,
      failed: Promise.race([...parts.values()].map(({ child }) => describeFailure(child))),
      getPid(name) {
        const { pid } = getPart(parts, name).child;
        if (pid === undefined) throw new Error(`The stack's ${name} did not start.`);
        return pid;
      },
      async restart(name) {
        const { child, start, url } = getPart(parts, name);
        await child.stop();
        await startPart(parts, name, { start, url }, options.signal);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPart(
  parts: Parts,
  name: PartName,
  { start, url }: Omit<Part, "child">,
  signal: AbortSignal,
): Promise<void> {
  const child = start();
  parts.set(name, { child, start, url });
  await waitUntilReady(child, url, signal);
}

function getPart(parts: Parts, name: PartName): Part {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`This stack has no ${name}.`);
  return part;
}

async function choosePorts({ configuration, databaseOnly }: StackOptions): Promise<Ports> {
  const { databasePort, apiPort, egressPort } = configuration;
  const database = await choosePort(databasePort, "EGRET_DATABASE_PORT", [apiPort, egressPort]);
  if (databaseOnly) return { api: apiPort, egress: egressPort, database };
  const api = await choosePort(apiPort, "EGRET_API_PORT", [database, egressPort]);
  const egress = await choosePort(egressPort, "EGRET_EGRESS_PORT", [database, api]);
  return { api, egress, database };
}

function describeStack(state: State, ports: Ports): LocalDetails {
  return {
    apiUrl: `${toUrl(ports.api)}/api`,
    egressUrl: toUrl(ports.egress),
    databaseUrl: `${toUrl(ports.database)}?authToken=${state.keys.databaseAuthToken}`,
    apiKey: state.keys.apiKey,
    organizationId: state.keys.organizationId,
  };
}

async function startDatabase(
  state: State,
  ports: Ports,
  options: StackOptions,
  parts: Parts,
): Promise<boolean> {
  const authToken = state.keys.databaseAuthToken;
  const url = toUrl(ports.database);
  const start = () =>
    startChild({
      name: "The database server",
      script: DATABASE_SERVER,
      nodeArgs: [],
      args: ["--file", state.databaseFile, "--port", String(ports.database)],
      env: { EGRET_DATABASE_AUTH_TOKEN: authToken },
      logFile: join(state.logDirectory, "database.log"),
      onError: (line) => options.onError(`[database] ${line}`),
    });
  await startPart(parts, "database", { start, url: `${url}/health` }, options.signal);
  await migrateDatabase(url, authToken);
  const { organizationId, apiKey } = state.keys;
  return createFirstOrganization({ url, authToken }, { id: organizationId, apiKey }, Date.now());
}

async function writeAllBindings(
  state: State,
  ports: Ports,
  details: LocalDetails,
  overrides: WorkerOverrides | undefined,
): Promise<void> {
  const { keys } = state;
  const serverUrl = toUrl(ports.database);
  const shared = {
    DATABASE_URL: (await overrides?.routeDatabase(serverUrl)) ?? serverUrl,
    DATABASE_AUTH_TOKEN: keys.databaseAuthToken,
    MASTER_KEYS: keys.masterKeys,
    EGRESS_URL: details.egressUrl,
  };
  await writeBindings(state, "api", {
    ...shared,
    SANDBOX_TOKEN_SIGNING_KEYS: keys.sandboxTokenSigningKeys,
  });
  await writeBindings(state, "egress", {
    ...shared,
    SANDBOX_TOKEN_JWKS: keys.sandboxTokenJwks,
    ALLOW_PRIVATE_TARGETS: "true",
    ...overrides?.egressBindings,
  });
}

async function startWorkers(
  state: State,
  ports: Ports,
  options: StackOptions,
  parts: Parts,
  details: LocalDetails,
): Promise<void> {
  const start = (name: WorkerName, url: string) =>
    startPart(
      parts,
      name,
      {
        start: () =>
          startWorker(state, name, ports[name], (line) => options.onError(`[${name}] ${line}`)),
        url,
      },
      options.signal,
    );
  await Promise.all([
    start("api", `${details.apiUrl}/health/ready`),
    start("egress", details.egressUrl),
  ]);
}

async function describeFailure(child: Child): Promise<string> {
  return `${child.name} ended ${await child.ended} (log: ${child.logFile}).`;
}

function toUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

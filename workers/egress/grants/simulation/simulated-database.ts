import { EgretError } from "../../../../shared/errors.ts";
import type { SandboxIdentity } from "../../../../shared/sandbox-token.ts";
import type { Grant, SandboxGrants } from "../grants.ts";
import { getContext } from "./context.ts";
import type { Random, Range } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";

/** How long a read may take before it is given up, as the real client does. */
export const DATABASE_TIMEOUT_MS = 3_000;
export const ORGANIZATION_ID = "organization";

/** How the database behaves; probabilities from 0 to 1. */
export type DatabaseWeather = {
  latencyMs: Range;
  failure: number;
  /** Reads that take as long as `lateMs`, before or after the database has looked. */
  late: number;
  lateMs: Range;
};

/** A change as an API call makes it. Secrets and sandboxes are numbered. */
export type Change =
  | { kind: "rotate" | "narrow" | "delete-secret"; secret: number }
  | { kind: "mount" | "unmount"; secret: number; sandbox: number }
  | { kind: "delete-sandbox"; sandbox: number };

/** What a sandbox may use, as text: equal texts are the same for whoever calls. */
export type Content = string;

/** The one database, and the memory of all that it has held. */
export type SimulatedDatabase = {
  commit(change: Change): void;
  read(identity: SandboxIdentity, readAt: number): Promise<SandboxGrants>;
  /** What a sandbox could use and from when on, oldest first. */
  getHistory(sandboxId: string): readonly { content: Content; from: number }[];
};

type State = {
  secrets: Map<number, { version: number; hosts: string[] }>;
  sandboxes: Map<number, Set<number>>;
};

/** Makes a database in which every sandbox has every secret mounted. */
export function createSimulatedDatabase(
  scheduler: Scheduler,
  random: Random,
  weather: DatabaseWeather,
  { secrets, sandboxes }: { secrets: number; sandboxes: number },
): SimulatedDatabase {
  const secretNumbers = Array.from({ length: secrets }, (_, index) => index);
  const state: State = {
    secrets: new Map(secretNumbers.map((id) => [id, { version: 1, hosts: ["host-0"] }])),
    sandboxes: new Map(Array.from({ length: sandboxes }, (_, id) => [id, new Set(secretNumbers)])),
  };
  const histories = new Map<string, { content: Content; from: number }[]>();
  let revision = 0;

  function remember(): void {
    for (let id = 0; id < sandboxes; id += 1) {
      const history = histories.get(String(id)) ?? [];
      const content = describeContent(listGrants(state, id));
      if (history.at(-1)?.content !== content) history.push({ content, from: scheduler.now() });
      histories.set(String(id), history);
    }
  }

  remember();
  return {
    commit(change) {
      revision += 1;
      applyChange(state, change, revision);
      remember();
    },
    async read({ sandboxId, organizationId }, readAt) {
      const { wait } = getContext();
      const pickLatency = () =>
        random.pick(random.happens(weather.late) ? weather.lateMs : weather.latencyMs);
      const [thereMs, backMs] = [pickLatency(), pickLatency()];
      if (thereMs >= DATABASE_TIMEOUT_MS) return wait(DATABASE_TIMEOUT_MS, failUnreachable);
      const grants = await wait(thereMs, () => listGrants(state, Number(sandboxId)));
      const isLate = thereMs + backMs >= DATABASE_TIMEOUT_MS;
      return wait(isLate ? DATABASE_TIMEOUT_MS - thereMs : backMs, () => {
        if (isLate || random.happens(weather.failure)) failUnreachable();
        const sandbox = grants && { networkBlockAll: false, domainAllowList: null };
        return { readAt, organizationId, sandbox, grants: grants ?? [] };
      });
    },
    getHistory: (sandboxId) => histories.get(sandboxId) ?? [],
  };
}

/** The content of grants; of a sandbox that does not exist, null stands for them. */
export function describeContent(grants: readonly Grant[] | null): Content {
  if (grants === null) return "no sandbox";
  return grants.map(({ secretId, version, hosts }) => `${secretId}@${version}:${hosts}`).join(" ");
}

function failUnreachable(): never {
  throw new EgretError("SERVICE_UNAVAILABLE", "The database cannot be reached");
}

function applyChange(state: State, change: Change, revision: number): void {
  switch (change.kind) {
    case "rotate": {
      const secret = state.secrets.get(change.secret);
      if (secret !== undefined) secret.version += 1;
      return;
    }
    case "narrow": {
      const secret = state.secrets.get(change.secret);
      if (secret !== undefined) secret.hosts = [`host-${revision}`];
      return;
    }
    case "delete-secret":
      state.secrets.delete(change.secret);
      return;
    case "mount":
      state.sandboxes.get(change.sandbox)?.add(change.secret);
      return;
    case "unmount":
      state.sandboxes.get(change.sandbox)?.delete(change.secret);
      return;
    case "delete-sandbox":
      state.sandboxes.delete(change.sandbox);
  }
}

function listGrants({ secrets, sandboxes }: State, sandbox: number): Grant[] | null {
  const mounts = sandboxes.get(sandbox);
  if (mounts === undefined) return null;
  return [...secrets]
    .filter(([id]) => mounts.has(id))
    .map(([id, { version, hosts }]) => ({
      placeholder: `placeholder-${id}`,
      name: `secret-${id}`,
      environmentVariables: [`KEY_${id}`],
      secretId: `secret-${id}`,
      version,
      hosts: [...hosts],
      locations: null,
      sealedValue: `sealed-${id}-${version}`,
    }));
}

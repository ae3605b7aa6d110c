import { env, exports } from "cloudflare:workers";
import { type Database, openDatabase } from "../../../shared/database/database.ts";
import {
  organizations,
  sandboxes,
  sandboxSecrets,
  secrets,
} from "../../../shared/database/schema.ts";
import { type MasterKeys, parseMasterKeys } from "../../../shared/encryption/master-keys.ts";
import { sealValue } from "../../../shared/encryption/sealed-value.ts";
import { createPlaceholder } from "../../../shared/placeholder.ts";
import { createSandboxTokenSigner } from "../../../shared/sandbox-token.ts";
import type { SecretLocations } from "../../../shared/secret-locations.ts";
import { SecretValue } from "../../../shared/secret-value.ts";
import type { OutboundProps } from "../index.ts";
import { watchAnswer, watchSecret } from "./leak-net.ts";

// The types of a test's own bindings and exports are not known: both Workers share one program.
const bindings = env as unknown as {
  DATABASE_URL: string;
  MASTER_KEYS: string;
  TEST_SANDBOX_TOKEN_SIGNING_KEYS: string;
};
const worker = exports as unknown as {
  default: Fetcher;
  Outbound: (options: { props: OutboundProps }) => Fetcher;
};
const masterKeys: MasterKeys = parseMasterKeys(bindings.MASTER_KEYS);
const signToken = createSandboxTokenSigner(bindings.TEST_SANDBOX_TOKEN_SIGNING_KEYS);

const SANDBOX_ROW = {
  user: "user",
  env: {},
  labels: {},
  public: false,
  target: "",
  cpu: 1,
  gpu: 0,
  memory: 1,
  disk: 1,
  echoed: {},
};

/** Where the egress Worker says that it is reached. */
export const EGRESS_URL = "https://egress.test";

/** A secret to be mounted; all that is left out is made up. */
export type SecretSeed = {
  value?: string;
  hosts?: string[];
  locations?: SecretLocations;
  environmentVariables?: string[];
};

export type TestSecret = { id: string; name: string; placeholder: string; value: string };

/** What a sandbox under test is made of. */
export type SandboxSeed = {
  secrets?: SecretSeed[];
  organizationId?: string;
  networkBlockAll?: boolean;
  domainAllowList?: string;
};

export type TestSandbox = {
  id: string;
  organizationId: string;
  token: string;
  /** A host that no other test knows, allowed for the secrets that name no hosts. */
  host: string;
  secrets: TestSecret[];
  /** Calls a URL through the public route, with the token in Proxy-Authorization. */
  call: (url: string, init?: RequestInit) => Promise<Response>;
  /** Calls a URL through the entrypoint for service bindings. */
  callOutbound: (url: string, init?: RequestInit) => Promise<Response>;
};

/** Opens the test's database, past the Worker. */
export function openTestDatabase(): Database {
  return openDatabase({
    url: bindings.DATABASE_URL,
    timeoutMs: 10_000,
    fetch: (request, init) => fetch(request, init),
  });
}

/** Puts a sandbox with its secrets straight into the database and signs its token. */
export async function createSandbox(seed: SandboxSeed = {}): Promise<TestSandbox> {
  const id = crypto.randomUUID();
  const organizationId = seed.organizationId ?? crypto.randomUUID();
  const host = `${id}.allowed.example`;
  const created = { createdAt: Date.now(), updatedAt: Date.now() };
  const database = openTestDatabase();
  await database.batch([
    database
      .insert(organizations)
      .values({ id: organizationId, name: "Test", ...created })
      .onConflictDoNothing(),
    database.insert(sandboxes).values({
      ...SANDBOX_ROW,
      ...created,
      id,
      organizationId,
      name: id,
      networkBlockAll: seed.networkBlockAll ?? false,
      domainAllowList: seed.domainAllowList ?? null,
    }),
  ]);
  const seeds = (seed.secrets ?? [{}]).map((secret, index) => ({
    hosts: [host],
    environmentVariables: [`KEY_${index}`],
    ...secret,
  }));
  const made = await mountSecrets({ id, organizationId }, seeds);
  const token = await signSandboxToken({ sandboxId: id, organizationId });
  return {
    id,
    organizationId,
    token,
    host,
    secrets: made,
    call: (url, init) => callRoute(url, init, { "Proxy-Authorization": `Bearer ${token}` }),
    callOutbound: (url, init) => callOutbound(url, init, token),
  };
}

/** Makes secrets and mounts them in a sandbox; one without variables is mounted nowhere. */
export async function mountSecrets(
  { id, organizationId }: Pick<TestSandbox, "id" | "organizationId">,
  seeds: SecretSeed[],
): Promise<TestSecret[]> {
  const rows = await Promise.all(seeds.map((seed) => createSecretRow(organizationId, seed)));
  const mounts = rows.flatMap(({ row }, index) =>
    (seeds[index]?.environmentVariables ?? []).map((environmentVariable) => ({
      organizationId,
      sandboxId: id,
      environmentVariable,
      secretId: row.id,
    })),
  );
  const database = openTestDatabase();
  const [first, ...others] = [
    ...rows.map(({ row }) => database.insert(secrets).values(row)),
    ...mounts.map((mount) => database.insert(sandboxSecrets).values(mount)),
  ];
  if (first !== undefined) await database.batch([first, ...others]);
  return rows.map(({ row: { id: secretId, name, placeholder }, value }) => ({
    id: secretId,
    name,
    placeholder,
    value,
  }));
}

async function createSecretRow(
  organizationId: string,
  { value = createValue(), hosts = [], locations }: SecretSeed,
) {
  const id = crypto.randomUUID();
  const owner = { organizationId, secretId: id, version: 1 };
  watchSecret({ value, hosts, organizationId });
  const row = {
    id,
    organizationId,
    name: `secret_${id.slice(0, 8)}`,
    placeholder: createPlaceholder(),
    hosts,
    locations: locations ?? null,
    sealedValue: await sealValue(masterKeys, owner, new SecretValue(value)),
    sealingKeyId: masterKeys.currentKeyId,
    version: 1,
    createdAt: Date.now(),
    updatedAt: Date.now(),
  };
  return { row, value };
}

/** A value that stands nowhere by chance. */
export function createValue(): string {
  return `value-${crypto.randomUUID()}`;
}

/** Signs a token with the deployment's key; an hour long where nothing else is said. */
export function signSandboxToken(
  identity: { sandboxId: string; organizationId: string },
  expiresAt = Date.now() + 3_600_000,
): Promise<string> {
  return signToken({ ...identity, expiresAt }, Date.now());
}

/** The path on the egress by which a target's URL is called. */
export function toForwardingPath(url: string): string {
  return `/forward/${url.replace("://", "/")}`;
}

/** Calls a target's URL through the public route, with these headers and no token of its own. */
export function callRoute(
  url: string,
  init: RequestInit = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  return callEgress(toForwardingPath(url), {
    ...init,
    headers: [...new Headers(init.headers), ...Object.entries(headers)],
  });
}

/** Calls a path of the egress Worker as it is. */
export async function callEgress(path: string, init: RequestInit = {}): Promise<Response> {
  return watchAnswer(
    await worker.default.fetch(EGRESS_URL + path, { redirect: "manual", ...init }),
  );
}

/** Calls a URL through the entrypoint Outbound with a token as its props. */
export async function callOutbound(
  url: string,
  init: RequestInit = {},
  token = "",
): Promise<Response> {
  const outbound = worker.Outbound({ props: { token } });
  return watchAnswer(await outbound.fetch(url, { redirect: "manual", ...init }));
}

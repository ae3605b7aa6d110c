import { openDatabase } from "../../shared/database/database.ts";
import { parseMasterKeys } from "../../shared/encryption/master-keys.ts";
import {
  createSandboxTokenVerifier,
  type SandboxTokenVerifier,
} from "../../shared/sandbox-token.ts";
import type { UpstreamConnection } from "./forward/fetch-upstream.ts";
import { readGrants } from "./grants/database.ts";
import { createGrantsCache } from "./grants/kv.ts";
import { createSandboxLoader, type LoadContext, type LoadSandbox } from "./grants/load.ts";
import { writeLastUsed } from "./last-used.ts";
import { createUsageRecorder, type RecordUse, type UsageSink } from "./usage.ts";
import { rememberVerified } from "./verified-tokens.ts";

/** The bindings of the egress Worker, as they are configured and not yet checked. */
export type EgressEnv = {
  DATABASE_URL?: string;
  DATABASE_AUTH_TOKEN?: string;
  DATABASE_TIMEOUT_MS?: string;
  MASTER_KEYS?: string;
  SANDBOX_TOKEN_JWKS?: string;
  GRANTS?: KVNamespace;
  EGRESS_URL?: string;
  ALLOW_PRIVATE_TARGETS?: string;
  UPSTREAM_TIMEOUT_MS?: string;
};

/** What a request needs of the Worker around it. */
export type Egress = {
  verifyToken: SandboxTokenVerifier;
  loadSandbox: LoadSandbox;
  readDatabase: LoadContext["readDatabase"];
  upstream: UpstreamConnection;
  recordUse: RecordUse;
  usageSink: UsageSink;
  allowPrivateTargets: boolean;
  /** Origin under which the egress is reached; null where the binding is not set. */
  ownOrigin: string | null;
};

const DEFAULT_DATABASE_TIMEOUT_MS = 3_000;
const DEFAULT_UPSTREAM_TIMEOUT_MS = 60_000;

let egress: Egress | undefined;

/**
 * Checks the bindings and makes the isolate's collaborators from them, once. Throws an Error that
 * names the binding at fault and never its value.
 */
export function getEgress(env: EgressEnv): Egress {
  egress ??= createEgress(env);
  return egress;
}

function createEgress(env: EgressEnv): Egress {
  const masterKeys = parseBinding("MASTER_KEYS", env.MASTER_KEYS, parseMasterKeys);
  const database = {
    url: parseBinding("DATABASE_URL", env.DATABASE_URL, parseUrl),
    authToken: env.DATABASE_AUTH_TOKEN,
    timeoutMs: parseMilliseconds(
      "DATABASE_TIMEOUT_MS",
      env.DATABASE_TIMEOUT_MS,
      DEFAULT_DATABASE_TIMEOUT_MS,
    ),
    fetch: (request: Request, init: RequestInit) => fetch(request, init),
  };
  if (env.GRANTS === undefined) throw new Error("Binding GRANTS: missing");
  return {
    verifyToken: rememberVerified(
      parseBinding("SANDBOX_TOKEN_JWKS", env.SANDBOX_TOKEN_JWKS, createSandboxTokenVerifier),
    ),
    loadSandbox: createSandboxLoader(createGrantsCache(env.GRANTS), masterKeys, database.timeoutMs),
    // A connection for each read: a client's state may not cross from one request to another.
    readDatabase: (identity, readAt) => readGrants(openDatabase(database), identity, readAt),
    upstream: {
      fetch: (url, init) => fetch(url, init),
      timeoutMs: parseMilliseconds(
        "UPSTREAM_TIMEOUT_MS",
        env.UPSTREAM_TIMEOUT_MS,
        DEFAULT_UPSTREAM_TIMEOUT_MS,
      ),
    },
    recordUse: createUsageRecorder(),
    usageSink: {
      log: (line) => console.log(line),
      writeLastUsed: (organizationId, secretIds, usedAt) =>
        writeLastUsed(openDatabase(database), organizationId, secretIds, usedAt),
    },
    allowPrivateTargets: env.ALLOW_PRIVATE_TARGETS === "true",
    ownOrigin:
      env.EGRESS_URL === undefined
        ? null
        : new URL(parseBinding("EGRESS_URL", env.EGRESS_URL, parseUrl)).origin,
  };
}

function parseBinding<T>(name: string, value: string | undefined, parse: (text: string) => T): T {
  if (value === undefined || value === "") throw new Error(`Binding ${name}: missing`);
  try {
    return parse(value);
  } catch (error) {
    throw new Error(`Binding ${name}: ${error instanceof TypeError ? error.message : "invalid"}`);
  }
}

function parseUrl(text: string): string {
  if (URL.canParse(text)) return text;
  throw new TypeError("not a URL");
}

function parseMilliseconds(name: string, value: string | undefined, preset: number): number {
  if (value === undefined || value === "") return preset;
  return parseBinding(name, value, (text) => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new TypeError("not a number of milliseconds");
    return Number(text);
  });
}

import { type Database, openDatabase } from "../../shared/database/database.ts";
import { parseMasterKeys } from "../../shared/encryption/master-keys.ts";
import { MAX_SECRETS_PER_ORGANIZATION } from "../../shared/limits.ts";
import { createSandboxTokenSigner } from "../../shared/sandbox-token.ts";
import { fetchKeySet } from "./oidc/fetch-key-set.ts";
import { createIssuerKeys } from "./oidc/issuer-keys.ts";
import { createTokenVerifier, type TokenVerifier } from "./oidc/token-verifier.ts";
import type { ServiceSettings } from "./services/context.ts";

const DEFAULT_DATABASE_TIMEOUT_MS = 3000;
const ISSUER_TIMEOUT_MS = 3000;
// The discovery document, then the keys.
const MAX_KEYS_FETCH_MS = 2 * ISSUER_TIMEOUT_MS;

/** The Worker's bindings, as wrangler gives them. Only this file knows their names. */
export type Bindings = Readonly<Record<string, unknown>>;

/** What the application works with, made from the bindings once in each isolate. */
export type Collaborators = {
  settings: ServiceSettings;
  /** Opens the database for one request; a client may not cross from one request to another. */
  openDatabase: () => Database;
  /** Verifies the tokens of users; null where only API keys are taken. */
  verifyToken: TokenVerifier | null;
};

/** A binding that is missing or wrong. The message names the binding and never its value. */
export class BindingError extends Error {
  override readonly name = "BindingError";

  constructor(binding: string, fault: string) {
    super(`${binding}: ${fault}`);
  }
}

/** Reads and checks all bindings. Throws BindingError for the first that is missing or wrong. */
export function readBindings(bindings: Bindings): Collaborators {
  const location = {
    url: readUrl(bindings, "DATABASE_URL", ["libsql:", "https:", "http:"]),
    authToken: readOptionalText(bindings, "DATABASE_AUTH_TOKEN"),
    timeoutMs: readCount(bindings, "DATABASE_TIMEOUT_MS", DEFAULT_DATABASE_TIMEOUT_MS),
    fetch: (request: Request, init: RequestInit) => fetch(request, init),
  };
  return {
    settings: {
      masterKeys: parseBinding(bindings, "MASTER_KEYS", parseMasterKeys),
      signSandboxToken: parseBinding(
        bindings,
        "SANDBOX_TOKEN_SIGNING_KEYS",
        createSandboxTokenSigner,
      ),
      egressUrl: readUrl(bindings, "EGRESS_URL", ["https:", "http:"]).replace(/\/+$/, ""),
      maxSecretsPerOrganization: readCount(
        bindings,
        "MAX_SECRETS_PER_ORGANIZATION",
        MAX_SECRETS_PER_ORGANIZATION,
      ),
    },
    openDatabase: () => openDatabase(location),
    verifyToken: readTokenVerifier(bindings),
  };
}

function readTokenVerifier(bindings: Bindings): TokenVerifier | null {
  const names = ["OIDC_ISSUER", "OIDC_AUDIENCE"];
  if (names.every((name) => readOptionalText(bindings, name) === undefined)) return null;
  const issuer = readUrl(bindings, "OIDC_ISSUER", ["https:", "http:"]);
  const audience = readText(bindings, "OIDC_AUDIENCE");
  const location = {
    issuer,
    timeoutMs: ISSUER_TIMEOUT_MS,
    fetch: (url: string, init: RequestInit) => fetch(url, init),
  };
  const keys = createIssuerKeys(() => fetchKeySet(location), {
    maxFetchMs: MAX_KEYS_FETCH_MS,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  return createTokenVerifier({ issuer, audience }, keys);
}

function readOptionalText(bindings: Bindings, name: string): string | undefined {
  const value = bindings[name];
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "string") throw new BindingError(name, "is not text");
  return value;
}

function readText(bindings: Bindings, name: string): string {
  const value = readOptionalText(bindings, name);
  if (value === undefined) throw new BindingError(name, "is not set");
  return value;
}

function readUrl(bindings: Bindings, name: string, protocols: string[]): string {
  const value = readText(bindings, name);
  if (protocols.includes(URL.parse(value)?.protocol ?? "")) return value;
  throw new BindingError(name, `is not a URL with ${protocols.join(" or ")}`);
}

function readCount(bindings: Bindings, name: string, fallback: number): number {
  const value = readOptionalText(bindings, name);
  if (value === undefined) return fallback;
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new BindingError(name, "is not a whole number above 0");
}

function parseBinding<Parsed>(
  bindings: Bindings,
  name: string,
  parse: (text: string) => Parsed,
): Parsed {
  const text = readText(bindings, name);
  try {
    return parse(text);
  } catch (error) {
    throw new BindingError(name, error instanceof TypeError ? error.message : "cannot be read");
  }
}

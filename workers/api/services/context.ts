import type { Database } from "../../../shared/database/database.ts";
import type { MasterKeys } from "../../../shared/encryption/master-keys.ts";
import type { SandboxTokenSigner } from "../../../shared/sandbox-token.ts";
import type { Actor } from "./actor.ts";

/** Where a request came from, as the audit log keeps it. */
export type RequestOrigin = {
  ipAddress: string | null;
  userAgent: string | null;
  /** The client's own word for what it is, such as `sdk-python`. */
  source: string | null;
};

/** What a deployment gives its services. */
export type ServiceSettings = {
  masterKeys: MasterKeys;
  signSandboxToken: SandboxTokenSigner;
  /** The egress Worker's URL, without a slash at its end. */
  egressUrl: string;
  maxSecretsPerOrganization: number;
};

/** All that a service works with: one request's actor, database and time. */
export type ServiceContext = {
  actor: Actor;
  database: Database;
  /** When the request arrived, in milliseconds since the epoch. */
  now: number;
  origin: RequestOrigin;
  settings: ServiceSettings;
};

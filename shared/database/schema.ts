import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { SecretLocations } from "../secret-locations.ts";

// Times are milliseconds since the epoch. Every table but the first carries the organization's id,
// and every query names it.

export const organizations = sqliteTable("organizations", {
  id: text().primaryKey(),
  name: text().notNull(),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
});

export const organizationUsers = sqliteTable(
  "organization_users",
  {
    organizationId: text().notNull(),
    userId: text().notNull(),
    email: text().notNull(),
    role: text({ enum: ["owner", "member"] }).notNull(),
    assignedRoleIds: text({ mode: "json" }).$type<string[]>().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.userId] }),
    index("organization_users_by_user").on(table.userId, table.organizationId),
  ],
);

export const organizationRoles = sqliteTable(
  "organization_roles",
  {
    id: text().primaryKey(),
    organizationId: text().notNull(),
    name: text().notNull(),
    description: text().notNull(),
    permissions: text({ mode: "json" }).$type<string[]>().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [uniqueIndex("organization_roles_by_name").on(table.organizationId, table.name)],
);

/** An API key is known by its SHA-256 alone; prefix and suffix are what its owner may see of it. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    organizationId: text().notNull(),
    userId: text().notNull(),
    name: text().notNull(),
    hash: text().notNull(),
    prefix: text().notNull(),
    suffix: text().notNull(),
    permissions: text({ mode: "json" }).$type<string[]>().notNull(),
    createdAt: integer().notNull(),
    lastUsedAt: integer(),
    expiresAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.userId, table.name] }),
    uniqueIndex("api_keys_by_hash").on(table.hash),
  ],
);

/**
 * `sealedValue` is a compact JWE that opens for this row and `version` only; `sealingKeyId` repeats
 * its master key's id, so that rows under an old key are found by an index.
 */
export const secrets = sqliteTable(
  "secrets",
  {
    id: text().primaryKey(),
    organizationId: text().notNull(),
    name: text().notNull(),
    description: text(),
    placeholder: text().notNull(),
    hosts: text({ mode: "json" }).$type<string[]>().notNull(),
    locations: text({ mode: "json" }).$type<SecretLocations>(),
    sealedValue: text().notNull(),
    sealingKeyId: text().notNull(),
    version: integer().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
    lastUsedAt: integer(),
  },
  (table) => [
    uniqueIndex("secrets_by_name").on(table.organizationId, table.name),
    uniqueIndex("secrets_by_placeholder").on(table.placeholder),
    index("secrets_by_created_at").on(table.organizationId, table.createdAt, table.id),
    index("secrets_by_updated_at").on(table.organizationId, table.updatedAt, table.id),
    index("secrets_by_sealing_key").on(table.sealingKeyId, table.id),
  ],
);

/** `env` holds the caller's own variables; those of mounted secrets are added when it is shown. */
export const sandboxes = sqliteTable(
  "sandboxes",
  {
    id: text().primaryKey(),
    organizationId: text().notNull(),
    name: text().notNull(),
    user: text().notNull(),
    env: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    labels: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    public: integer({ mode: "boolean" }).notNull(),
    networkBlockAll: integer({ mode: "boolean" }).notNull(),
    domainAllowList: text(),
    target: text().notNull(),
    cpu: integer().notNull(),
    gpu: integer().notNull(),
    memory: integer().notNull(),
    disk: integer().notNull(),
    /** Other fields of Daytona's API that are echoed and mean nothing to Egret. */
    echoed: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex("sandboxes_by_name").on(table.organizationId, table.name),
    index("sandboxes_by_created_at").on(table.organizationId, table.createdAt, table.id),
    index("sandboxes_by_updated_at").on(table.organizationId, table.updatedAt, table.id),
    index("sandboxes_by_cpu").on(table.organizationId, table.cpu, table.id),
    index("sandboxes_by_memory").on(table.organizationId, table.memory, table.id),
    index("sandboxes_by_disk").on(table.organizationId, table.disk, table.id),
  ],
);

/** A secret mounted in a sandbox as an environment variable. */
export const sandboxSecrets = sqliteTable(
  "sandbox_secrets",
  {
    organizationId: text().notNull(),
    sandboxId: text()
      .notNull()
      .references(() => sandboxes.id, { onDelete: "cascade" }),
    environmentVariable: text().notNull(),
    secretId: text()
      .notNull()
      .references(() => secrets.id, { onDelete: "cascade" }),
  },
  (table) => [
    primaryKey({ columns: [table.sandboxId, table.environmentVariable] }),
    index("sandbox_secrets_by_secret").on(table.secretId),
  ],
);

export const auditLogs = sqliteTable(
  "audit_logs",
  {
    id: text().primaryKey(),
    organizationId: text().notNull(),
    actorId: text().notNull(),
    actorEmail: text().notNull(),
    actorApiKeyPrefix: text(),
    actorApiKeySuffix: text(),
    action: text().notNull(),
    targetType: text().notNull(),
    targetId: text(),
    statusCode: integer().notNull(),
    errorMessage: text(),
    ipAddress: text(),
    userAgent: text(),
    source: text(),
    metadata: text({ mode: "json" }).$type<Record<string, unknown>>(),
    createdAt: integer().notNull(),
  },
  (table) => [
    index("audit_logs_by_created_at").on(table.organizationId, table.createdAt, table.id),
    index("audit_logs_by_actor").on(table.organizationId, table.actorId, table.createdAt, table.id),
    index("audit_logs_by_target").on(
      table.organizationId,
      table.targetId,
      table.createdAt,
      table.id,
    ),
  ],
);

import {
  and,
  count,
  desc,
  eq,
  type InferInsertModel,
  type InferSelectModel,
  sql,
} from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { isUniqueViolation } from "../../../shared/database/database-error.ts";
import { sandboxSecrets, secrets } from "../../../shared/database/schema.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-logs.ts";
import { insertWhere } from "./insert-where.ts";
import { isAfter, orderByKeyset, type Position, type SortOrder } from "./keyset.ts";

// Everything but the sealed value, which only an update needs.
const SECRET_COLUMNS = {
  id: secrets.id,
  name: secrets.name,
  description: secrets.description,
  placeholder: secrets.placeholder,
  hosts: secrets.hosts,
  locations: secrets.locations,
  version: secrets.version,
  createdAt: secrets.createdAt,
  updatedAt: secrets.updatedAt,
  lastUsedAt: secrets.lastUsedAt,
};

const SORT_COLUMNS = {
  name: secrets.name,
  createdAt: secrets.createdAt,
  updatedAt: secrets.updatedAt,
};

/** A secret without its value. */
export type Secret = Pick<InferSelectModel<typeof secrets>, keyof typeof SECRET_COLUMNS>;

/** What a list of secrets can be sorted by. */
export type SecretSort = keyof typeof SORT_COLUMNS;

/** Which part of an organization's secrets a page holds. */
export type SecretPageQuery = {
  sort: SecretSort;
  order: SortOrder;
  limit: number;
  /** A part of the name, in any case. */
  nameContains: string;
  after: Position | null;
};

/** What an update writes; what is left out stays. */
export type SecretChanges = Pick<
  InferInsertModel<typeof secrets>,
  "sealedValue" | "sealingKeyId" | "version" | "updatedAt"
> &
  Partial<Pick<Secret, "description" | "hosts" | "locations">>;

/**
 * Adds a secret, unless the organization has one of that name or already keeps `maxSecrets`.
 * Secret and audit entry are written together or not at all.
 */
export async function insertSecretRow(
  database: Database,
  organizationId: string,
  secret: Omit<InferInsertModel<typeof secrets>, "organizationId">,
  maxSecrets: number,
  audit: AuditEntry,
): Promise<"inserted" | "duplicate" | "full"> {
  const kept = sql`(select count(*) from ${secrets} where ${secrets.organizationId} = ${organizationId})`;
  try {
    const [inserted] = await database.batch([
      insertWhere(database, secrets, { ...secret, organizationId }, sql`${kept} < ${maxSecrets}`),
      insertAuditOfChange(database, organizationId, audit),
    ]);
    return inserted.rowsAffected === 1 ? "inserted" : "full";
  } catch (error) {
    // Id and placeholder are random: only the name can meet a row that exists.
    if (isUniqueViolation(error)) return "duplicate";
    throw error;
  }
}

/** Lists an organization's secrets, the newest first, `limit` at most. */
export async function listSecrets(
  database: Database,
  organizationId: string,
  limit: number,
): Promise<Secret[]> {
  return database
    .select(SECRET_COLUMNS)
    .from(secrets)
    .where(eq(secrets.organizationId, organizationId))
    .orderBy(desc(secrets.createdAt), desc(secrets.id))
    .limit(limit);
}

/**
 * Reads a page of an organization's secrets and, in the same snapshot, how many the name filter
 * matches on all pages.
 */
export async function listSecretsPage(
  database: Database,
  organizationId: string,
  page: SecretPageQuery,
): Promise<{ secrets: Secret[]; total: number }> {
  const column = SORT_COLUMNS[page.sort];
  const matches = and(
    eq(secrets.organizationId, organizationId),
    page.nameContains === ""
      ? undefined
      : sql`instr(lower(${secrets.name}), lower(${page.nameContains})) > 0`,
  );
  const after =
    page.after === null ? undefined : isAfter(column, secrets.id, page.order, page.after);
  const [rows, [counted]] = await database.batch([
    database
      .select(SECRET_COLUMNS)
      .from(secrets)
      .where(and(matches, after))
      .orderBy(...orderByKeyset(column, secrets.id, page.order))
      .limit(page.limit),
    database.select({ total: count() }).from(secrets).where(matches),
  ]);
  return { secrets: rows, total: counted?.total ?? 0 };
}

/** Finds a secret of the organization. */
export async function findSecret(
  database: Database,
  organizationId: string,
  id: string,
): Promise<Secret | null> {
  const [secret] = await database
    .select(SECRET_COLUMNS)
    .from(secrets)
    .where(and(eq(secrets.organizationId, organizationId), eq(secrets.id, id)));
  return secret ?? null;
}

/** Finds a secret of the organization together with its sealed value. */
export async function findSealedSecret(
  database: Database,
  organizationId: string,
  id: string,
): Promise<(Secret & { sealedValue: string }) | null> {
  const [secret] = await database
    .select({ ...SECRET_COLUMNS, sealedValue: secrets.sealedValue })
    .from(secrets)
    .where(and(eq(secrets.organizationId, organizationId), eq(secrets.id, id)));
  return secret ?? null;
}

/**
 * Changes a secret that is still at `fromVersion`, with its audit entry; false where another
 * update or a deletion came first.
 */
export async function updateSecretRow(
  database: Database,
  organizationId: string,
  { id, fromVersion }: { id: string; fromVersion: number },
  changes: SecretChanges,
  audit: AuditEntry,
): Promise<boolean> {
  const [updated] = await database.batch([
    database
      .update(secrets)
      .set(changes)
      .where(
        and(
          eq(secrets.organizationId, organizationId),
          eq(secrets.id, id),
          eq(secrets.version, fromVersion),
        ),
      ),
    insertAuditOfChange(database, organizationId, audit),
  ]);
  return updated.rowsAffected === 1;
}

/**
 * Deletes a secret and unmounts it everywhere, with its audit entry; false where the organization
 * has no such secret.
 */
export async function deleteSecretRow(
  database: Database,
  organizationId: string,
  id: string,
  audit: AuditEntry,
): Promise<boolean> {
  const [deleted] = await database.batch([
    database
      .delete(secrets)
      .where(and(eq(secrets.organizationId, organizationId), eq(secrets.id, id))),
    insertAuditOfChange(database, organizationId, audit),
    // Not left to the foreign key, which a server may not enforce.
    database
      .delete(sandboxSecrets)
      .where(
        and(eq(sandboxSecrets.organizationId, organizationId), eq(sandboxSecrets.secretId, id)),
      ),
  ]);
  return deleted.rowsAffected === 1;
}

import { and, count, desc, eq, type InferSelectModel, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { secrets } from "../../../shared/database/schema.ts";
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

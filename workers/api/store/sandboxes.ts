import { and, eq, type InferSelectModel, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../shared/database/database.ts";
import { sandboxes, sandboxSecrets, secrets } from "../../../shared/database/schema.ts";
import { isAfter, orderByKeyset, type Position, type SortOrder } from "./keyset.ts";

const PLACEHOLDERS = sql`(
  select json_group_object(${sandboxSecrets.environmentVariable}, ${secrets.placeholder})
  from ${sandboxSecrets} join ${secrets} on ${secrets.id} = ${sandboxSecrets.secretId}
  where ${sandboxSecrets.sandboxId} = ${sandboxes.id}
)`;

const SANDBOX_COLUMNS = {
  id: sandboxes.id,
  organizationId: sandboxes.organizationId,
  name: sandboxes.name,
  user: sandboxes.user,
  env: sandboxes.env,
  labels: sandboxes.labels,
  public: sandboxes.public,
  networkBlockAll: sandboxes.networkBlockAll,
  domainAllowList: sandboxes.domainAllowList,
  target: sandboxes.target,
  cpu: sandboxes.cpu,
  gpu: sandboxes.gpu,
  memory: sandboxes.memory,
  disk: sandboxes.disk,
  echoed: sandboxes.echoed,
  createdAt: sandboxes.createdAt,
  updatedAt: sandboxes.updatedAt,
  // Wrapped once more, because drizzle takes the tables' names off the outer expression's columns.
  placeholders: sql`${PLACEHOLDERS}`.mapWith(
    (json: string): Record<string, string> => JSON.parse(json),
  ),
};

const SORT_COLUMNS = {
  name: sandboxes.name,
  createdAt: sandboxes.createdAt,
  updatedAt: sandboxes.updatedAt,
  cpu: sandboxes.cpu,
  memory: sandboxes.memory,
  disk: sandboxes.disk,
};

/** A sandbox with the placeholders of its mounted secrets, by their environment variables. */
export type Sandbox = InferSelectModel<typeof sandboxes> & {
  placeholders: Record<string, string>;
};

/** What a list of sandboxes can be sorted by. */
export type SandboxSort = keyof typeof SORT_COLUMNS;

/** Which part of an organization's sandboxes a page holds. */
export type SandboxPageQuery = {
  sort: SandboxSort;
  order: SortOrder;
  limit: number;
  /** The beginning of the name, in any case. */
  namePrefix: string;
  idPrefix: string;
  /** Labels that a sandbox must all have. */
  labels: Record<string, string>;
  after: Position | null;
};

/** Finds a sandbox of the organization by its id or, where no id is the same, by its name. */
export async function findSandbox(
  database: Database,
  organizationId: string,
  idOrName: string,
): Promise<Sandbox | null> {
  const [sandbox] = await selectSandboxes(database)
    .where(
      and(
        eq(sandboxes.organizationId, organizationId),
        or(eq(sandboxes.id, idOrName), eq(sandboxes.name, idOrName)),
      ),
    )
    .orderBy(sql`${sandboxes.id} = ${idOrName} desc`)
    .limit(1);
  return sandbox ?? null;
}

/** Reads a page of an organization's sandboxes. */
export async function listSandboxesPage(
  database: Database,
  organizationId: string,
  page: SandboxPageQuery,
): Promise<Sandbox[]> {
  const column = SORT_COLUMNS[page.sort];
  return selectSandboxes(database)
    .where(
      and(
        eq(sandboxes.organizationId, organizationId),
        beginsWith(sql`lower(${sandboxes.name})`, sql`lower(${page.namePrefix})`),
        beginsWith(sql`${sandboxes.id}`, sql`lower(${page.idPrefix})`),
        ...Object.entries(page.labels).map(
          ([key, value]) => sql`exists (
            select 1 from json_each(${sandboxes.labels}) as label
            where label.key = ${key} and label.value = ${value}
          )`,
        ),
        page.after === null ? undefined : isAfter(column, sandboxes.id, page.order, page.after),
      ),
    )
    .orderBy(...orderByKeyset(column, sandboxes.id, page.order))
    .limit(page.limit);
}

/** Begins a query of sandboxes with their placeholders. */
export function selectSandboxes(database: Database) {
  return database.select(SANDBOX_COLUMNS).from(sandboxes);
}

/** The condition that a row is this sandbox of this organization. */
export function isSandbox(organizationId: string, id: string): SQL | undefined {
  return and(eq(sandboxes.organizationId, organizationId), eq(sandboxes.id, id));
}

function beginsWith(text: SQL, prefix: SQL): SQL {
  return sql`substr(${text}, 1, length(${prefix})) = ${prefix}`;
}

import type { SortOrder } from "../../store/keyset.ts";
import { listSandboxesPage, type Sandbox, type SandboxSort } from "../../store/sandboxes.ts";
import type { ServiceContext } from "../context.ts";
import { cutPage, type Page, readPosition } from "../page.ts";

export type ListSandboxesInput = {
  cursor?: string | undefined;
  limit: number;
  namePrefix: string;
  idPrefix: string;
  labels: Record<string, string>;
  sort: SandboxSort;
  order: SortOrder;
};

/** Gives a page of the organization's sandboxes. INVALID_REQUEST for a cursor not of this list. */
export async function listSandboxPage(
  context: ServiceContext,
  { cursor, limit, sort, order, ...filters }: ListSandboxesInput,
): Promise<Page<Sandbox>> {
  const { namePrefix, idPrefix, labels } = filters;
  const scope = { sort, order, filter: JSON.stringify([namePrefix, idPrefix, labels]) };
  const sandboxes = await listSandboxesPage(context.database, context.actor.organizationId, {
    ...filters,
    sort,
    order,
    limit: limit + 1,
    after: readPosition(cursor, scope),
  });
  return cutPage(sandboxes, limit, scope, (sandbox) => sandbox[sort]);
}

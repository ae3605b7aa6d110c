import type { SortOrder } from "../../store/keyset.ts";
import { listSecretsPage, type Secret, type SecretSort } from "../../store/secrets.ts";
import type { ServiceContext } from "../context.ts";
import { cutPage, type Page, readPosition } from "../page.ts";

export type ListSecretsInput = {
  cursor?: string | undefined;
  limit: number;
  /** A part of the name, in any case. */
  name?: string | undefined;
  sort: SecretSort;
  order: SortOrder;
};

/**
 * Gives a page of the organization's secrets and how many match on all pages. INVALID_REQUEST for
 * a cursor that this list did not give.
 */
export async function listSecretPage(
  context: ServiceContext,
  { cursor, limit, name = "", sort, order }: ListSecretsInput,
): Promise<Page<Secret> & { total: number }> {
  const scope = { sort, order, filter: name };
  const { secrets, total } = await listSecretsPage(context.database, context.actor.organizationId, {
    sort,
    order,
    limit: limit + 1,
    nameContains: name,
    after: readPosition(cursor, scope),
  });
  return { ...cutPage(secrets, limit, scope, (secret) => secret[sort]), total };
}

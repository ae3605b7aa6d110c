import { type ApiKey, listApiKeys } from "../../store/api-keys.ts";
import { isOwner } from "../actor.ts";
import type { ServiceContext } from "../context.ts";

/** Lists the API keys of the actor's user; to an owner who signs in, all of the organization. */
export async function listVisibleApiKeys({ database, actor }: ServiceContext): Promise<ApiKey[]> {
  return listApiKeys(database, actor.organizationId, isOwner(actor) ? null : actor.userId);
}

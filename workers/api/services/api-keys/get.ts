import { EgretError } from "../../../../shared/errors.ts";
import { type ApiKey, type ApiKeyName, findApiKey } from "../../store/api-keys.ts";
import type { ServiceContext } from "../context.ts";

export type { ApiKey };

/** Gives an API key without its value: one of the actor's user, unless another is named. */
export async function getApiKey(
  { database, actor }: ServiceContext,
  { name, userId = actor.userId }: { name: string; userId?: string },
): Promise<ApiKey> {
  const named: ApiKeyName = { userId, name };
  const key = await findApiKey(database, actor.organizationId, named);
  if (key === null) throw createApiKeyNotFound();
  return key;
}

/** Gives the API key that the request came with. FORBIDDEN where it came with none. */
export async function getCurrentApiKey(context: ServiceContext): Promise<ApiKey> {
  if (context.actor.kind === "apiKey") return getApiKey(context, { name: context.actor.keyName });
  throw new EgretError("FORBIDDEN", "Only a request with an API key has a current one");
}

/** The one answer for an API key that does not exist and for one of somebody else. */
export function createApiKeyNotFound(): EgretError {
  return new EgretError("NOT_FOUND", "The API key does not exist");
}

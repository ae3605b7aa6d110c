import { EgretError } from "../../../../shared/errors.ts";
import { findSecret, type Secret } from "../../store/secrets.ts";
import type { ServiceContext } from "../context.ts";

export type { Secret };

/** Gives a secret without its value. NOT_FOUND where the organization has none of that id. */
export async function getSecret(context: ServiceContext, id: string): Promise<Secret> {
  const secret = await findSecret(context.database, context.actor.organizationId, id);
  if (secret === null) throw createSecretNotFound();
  return secret;
}

/** The one answer for a secret that does not exist and for one of another organization. */
export function createSecretNotFound(): EgretError {
  return new EgretError("NOT_FOUND", "The secret does not exist");
}

import { EgretError } from "../../../../shared/errors.ts";
import { findSandbox, type Sandbox } from "../../store/sandboxes.ts";
import type { ServiceContext } from "../context.ts";

export type { Sandbox };

/** Gives a sandbox by id or name. NOT_FOUND where the organization has none. */
export async function getSandbox(context: ServiceContext, idOrName: string): Promise<Sandbox> {
  const sandbox = await findSandbox(context.database, context.actor.organizationId, idOrName);
  if (sandbox === null) throw createSandboxNotFound();
  return sandbox;
}

/** The one answer for a sandbox that does not exist and for one of another organization. */
export function createSandboxNotFound(): EgretError {
  return new EgretError("NOT_FOUND", "The sandbox does not exist");
}

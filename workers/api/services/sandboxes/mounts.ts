import { EgretError } from "../../../../shared/errors.ts";
import { listMissingSecrets, type Mounts } from "../../store/mounts.ts";
import type { ServiceContext } from "../context.ts";

export type { Mounts };

/** INVALID_REQUEST where a variable would carry both a secret and a value of its own. */
export function refuseSharedVariables(mounts: Mounts, env: Readonly<Record<string, string>>): void {
  const shared = Object.keys(mounts).find((variable) => Object.hasOwn(env, variable));
  if (shared === undefined) return;
  throw new EgretError("INVALID_REQUEST", `secrets: ${shared} is also set in env`);
}

/** INVALID_REQUEST, naming it, where one of the mounted secrets does not exist. */
export async function refuseMissingSecrets(context: ServiceContext, mounts: Mounts): Promise<void> {
  const { database, actor } = context;
  const [missing] = await listMissingSecrets(database, actor.organizationId, mounts);
  if (missing === undefined) return;
  throw new EgretError("INVALID_REQUEST", `secrets: there is no secret named ${missing}`);
}

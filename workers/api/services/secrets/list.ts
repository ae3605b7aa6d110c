import { EgretError } from "../../../../shared/errors.ts";
import { MAX_UNPAGED_SECRETS } from "../../../../shared/limits.ts";
import { listSecrets, type Secret } from "../../store/secrets.ts";
import type { ServiceContext } from "../context.ts";

/** Lists all secrets of the organization, the newest first. LIMIT_EXCEEDED where they are many. */
export async function listAllSecrets(context: ServiceContext): Promise<Secret[]> {
  const { database, actor } = context;
  const secrets = await listSecrets(database, actor.organizationId, MAX_UNPAGED_SECRETS + 1);
  if (secrets.length > MAX_UNPAGED_SECRETS) {
    throw new EgretError(
      "LIMIT_EXCEEDED",
      `The organization has more than ${MAX_UNPAGED_SECRETS} secrets: use GET /secret/paginated`,
    );
  }
  return secrets;
}

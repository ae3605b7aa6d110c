import { reEncryptSecrets, type UnopenedSecret } from "../../shared/re-encryption.ts";
import type { Collaborators } from "./bindings.ts";
import { readError } from "./http/error-response.ts";
import { logFailure } from "./http/failure-log.ts";

const TASK = "re-encrypt secrets";
// Two round trips each: within the 50 that one run of a Worker may make on every plan.
const MAX_BATCHES_PER_RUN = 20;
const MAX_UNOPENED_NAMED = 10;

/**
 * Moves some of the secrets that are under former master keys to the current one, and logs one line
 * where there were any. What is left is for the next run. Throws where the run failed, without its
 * cause, which is logged.
 */
export async function reEncryptOnSchedule({
  settings: { masterKeys },
  openDatabase,
}: Pick<Collaborators, "settings" | "openDatabase">): Promise<void> {
  try {
    const { unopened, ...result } = await reEncryptSecrets(openDatabase(), masterKeys, {
      maxBatches: MAX_BATCHES_PER_RUN,
    });
    if (result.moved === 0 && result.formerKeyIds.length === 0) return;
    const isFaulty = unopened.length > 0 || result.missingKeyIds.length > 0;
    const line = JSON.stringify({
      level: isFaulty ? "error" : "info",
      task: TASK,
      currentKeyId: masterKeys.currentKeyId,
      ...result,
      unopened: unopened.length,
      unopenedSecrets: nameSome(unopened),
    });
    if (isFaulty) console.error(line);
    else console.log(line);
  } catch (thrown) {
    const error = readError(thrown);
    logFailure(error, { task: TASK });
    throw new Error(`The task failed: ${TASK}`);
  }
}

function nameSome(unopened: readonly UnopenedSecret[]): string[] {
  return unopened
    .slice(0, MAX_UNOPENED_NAMED)
    .map(({ secretId, reason }) => `${secretId}: ${reason}`);
}

import type { SandboxIdentity } from "../../shared/sandbox-token.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { Outcome } from "./substitution/outcome.ts";

/** The least time between two writes of one secret's last use. */
export const LAST_USED_INTERVAL_MS = 60_000;
const MAX_SECRETS_REMEMBERED = 10_000;

/** One request that carried at least one value, once its answer has begun. */
export type Use = {
  identity: SandboxIdentity;
  host: string;
  method: string;
  status: number;
  /** When the request came and when its answer began, in milliseconds since the epoch. */
  startedAt: number;
  answeredAt: number;
  outcome: Outcome;
};

/** Where uses are told: one line each, and the time on the secret. */
export type UsageSink = {
  log(line: string): void;
  /** Writes when secrets were last used; a failure is nobody's loss. */
  writeLastUsed(organizationId: string, secretIds: string[], usedAt: number): Promise<void>;
};

/** Records the use of secrets; `defer` takes work that goes on after the answer. */
export type RecordUse = (
  use: Use,
  sink: UsageSink,
  defer: (work: Promise<unknown>) => void,
) => void;

/**
 * Makes the recorder of one isolate. Each secret that was put into a request gives one line of
 * JSON, without path and value; its time of last use is written once a minute at most.
 */
export function createUsageRecorder(): RecordUse {
  const written = new BoundedMap<string, number>({
    maxEntries: MAX_SECRETS_REMEMBERED,
  });
  return (use, sink, defer) => {
    const due: string[] = [];
    for (const [{ secretId, name }, places] of use.outcome.places) {
      sink.log(
        JSON.stringify({
          event: "secret-used",
          time: new Date(use.answeredAt).toISOString(),
          organizationId: use.identity.organizationId,
          sandboxId: use.identity.sandboxId,
          secretId,
          secretName: name,
          host: use.host,
          method: use.method,
          places: [...places],
          status: use.status,
          durationMs: use.answeredAt - use.startedAt,
        }),
      );
      const last = written.get(secretId);
      if (last !== undefined && use.answeredAt - last < LAST_USED_INTERVAL_MS) continue;
      written.set(secretId, use.answeredAt);
      due.push(secretId);
    }
    if (due.length === 0) return;
    const { organizationId } = use.identity;
    defer(sink.writeLastUsed(organizationId, due, use.answeredAt).catch(() => {}));
  };
}

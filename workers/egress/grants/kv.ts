import { parseGrants, type SandboxGrants } from "./grants.ts";

// Entries are judged by their `readAt`; this only lets KV forget them. 60 is the least it takes.
const KV_EXPIRATION_SECONDS = 60;
// The least that KV takes: a location's cached answer is often too old, and then is a miss.
const KV_CACHE_SECONDS = 30;

/** Grants shared by all isolates; every failure is a miss. */
export type GrantsCache = {
  read(sandboxId: string): Promise<SandboxGrants | null>;
  write(sandboxId: string, grants: SandboxGrants): Promise<void>;
};

/** Keeps grants in Workers KV, values as ciphertext, under `grants/v1/{sandboxId}`. */
export function createGrantsCache(kv: KVNamespace): GrantsCache {
  return {
    async read(sandboxId) {
      try {
        const entry = await kv.get(getKey(sandboxId), {
          type: "json",
          cacheTtl: KV_CACHE_SECONDS,
        });
        return parseGrants(entry);
      } catch {
        return null;
      }
    },
    async write(sandboxId, grants) {
      try {
        await kv.put(getKey(sandboxId), JSON.stringify(grants), {
          expirationTtl: KV_EXPIRATION_SECONDS,
        });
      } catch {
        // A throttled or failed write costs the next isolate one read of the database.
      }
    },
  };
}

function getKey(sandboxId: string): string {
  return `grants/v1/${sandboxId}`;
}

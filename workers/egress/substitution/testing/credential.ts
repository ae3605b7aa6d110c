import { PLACEHOLDER_PREFIX } from "../../../../shared/placeholder.ts";
import { SecretValue } from "../../../../shared/secret-value.ts";
import type { Credential } from "../substitution.ts";

/** The placeholder of a test's n-th secret. */
export function placeholderOf(index: number): string {
  return PLACEHOLDER_PREFIX + index.toString(36).padStart(32, "0");
}

/** A mounted secret for tests; a null value is one that the host may not receive. */
export function createCredential(
  index: number,
  value: string | null,
  more: Partial<Omit<Credential, "value">> = {},
): Credential & { value: SecretValue | null } {
  return {
    secretId: `id-${index}`,
    name: `secret-${index}`,
    placeholder: placeholderOf(index),
    environmentVariables: [`SECRET_${index}`],
    value: value === null ? null : new SecretValue(value),
    locations: null,
    ...more,
  };
}

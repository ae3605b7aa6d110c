import { parseMasterKeys } from "../../../shared/encryption/master-keys.ts";
import { createPlaceholder } from "../../../shared/placeholder.ts";
import { TEST_BINDINGS } from "./fixture.ts";

const { currentKeyId } = parseMasterKeys(String(TEST_BINDINGS["MASTER_KEYS"]));

/** Makes the row of a secret that is never opened: its value is under a key that is there. */
export function createSecretRow(row: { organizationId: string; name: string }) {
  return {
    ...row,
    id: crypto.randomUUID(),
    placeholder: createPlaceholder(),
    hosts: [],
    sealedValue: "",
    sealingKeyId: currentKeyId,
    version: 1,
    createdAt: 1000,
    updatedAt: 1000,
  };
}

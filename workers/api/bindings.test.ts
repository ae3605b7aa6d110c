import { describe, expect, it } from "vitest";
import { BindingError, readBindings } from "./bindings.ts";
import { TEST_BINDINGS } from "./testing/fixture.ts";

describe("the bindings", () => {
  it("become settings, with defaults for what may be left out", () => {
    const { settings } = readBindings({ ...TEST_BINDINGS, EGRESS_URL: "https://egress.test/" });
    expect(settings).toMatchObject({
      egressUrl: "https://egress.test",
      maxSecretsPerOrganization: 1500,
    });
    const raised = readBindings({ ...TEST_BINDINGS, MAX_SECRETS_PER_ORGANIZATION: "10000" });
    expect(raised.settings.maxSecretsPerOrganization).toBe(10_000);
  });

  it.each([
    ["DATABASE_URL", undefined, "is not set"],
    ["DATABASE_URL", "", "is not set"],
    ["DATABASE_URL", "file:local.db", "is not a URL with libsql: or https: or http:"],
    ["DATABASE_URL", { not: "text" }, "is not text"],
    ["DATABASE_TIMEOUT_MS", "3s", "is not a whole number above 0"],
    ["DATABASE_TIMEOUT_MS", "0", "is not a whole number above 0"],
    ["MASTER_KEYS", undefined, "is not set"],
    ["MASTER_KEYS", "private text", "not JSON"],
    ["MASTER_KEYS", '{"keys":[]}', "the set holds no key"],
    ["SANDBOX_TOKEN_SIGNING_KEYS", '{"keys":[]}', "the first key is no Ed25519 private key"],
    ["EGRESS_URL", "egress.test", "is not a URL with https: or http:"],
    ["MAX_SECRETS_PER_ORGANIZATION", "-1", "is not a whole number above 0"],
  ])("are refused with %s = %j", (name, value, fault) => {
    const read = () => readBindings({ ...TEST_BINDINGS, [name]: value });
    expect(read).toThrow(BindingError);
    expect(read).toThrow(`${name}: ${fault}`);
    expect(read).not.toThrow("private text");
  });
});

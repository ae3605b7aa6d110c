import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { type EgressEnv, getEgress } from "./bindings.ts";

const GOOD = env as EgressEnv;

describe("bindings", () => {
  test.each([
    ["MASTER_KEYS", undefined, "missing"],
    ["MASTER_KEYS", "", "missing"],
    ["MASTER_KEYS", "hunter2", "not JSON"],
    ["MASTER_KEYS", '{"keys":[{"kty":"oct","kid":"1","k":"hunter2"}]}', "32 bytes"],
    ["DATABASE_URL", undefined, "missing"],
    ["DATABASE_URL", "hunter2", "not a URL"],
    ["DATABASE_TIMEOUT_MS", "soon", "not a number of milliseconds"],
    ["SANDBOX_TOKEN_JWKS", undefined, "missing"],
    ["SANDBOX_TOKEN_JWKS", "[hunter2]", "not JSON"],
    ["GRANTS", undefined, "missing"],
    ["UPSTREAM_TIMEOUT_MS", "-1", "not a number of milliseconds"],
    ["EGRESS_URL", "hunter2", "not a URL"],
  ])("%s as %j is a clear fault that names it and no value", (name, value, fault) => {
    const act = () => getEgress({ ...GOOD, [name]: value } as EgressEnv);
    expect(act).toThrow(new RegExp(`^Binding ${name}: .*${fault}`));
    expect(act).not.toThrow(/hunter2/);
  });

  test("that are whole make one egress for the isolate", () => {
    const egress = getEgress(GOOD);
    expect(getEgress(GOOD)).toBe(egress);
    expect(egress.allowPrivateTargets).toBe(false);
    expect(egress.ownOrigin).toBe("https://egress.test");
  });
});

import { beforeEach, describe, expect, test } from "vitest";
import { parseMasterKeys } from "../../../shared/encryption/master-keys.ts";
import {
  createSandboxTokenSigner,
  createSandboxTokenVerifier,
} from "../../../shared/sandbox-token.ts";
import { createScript, NOW } from "../testing/script.ts";

let script: Awaited<ReturnType<typeof createScript>>;

beforeEach(async () => {
  script = await createScript();
});

describe("generate-keys", () => {
  test("makes keys that the Workers take, as lines of an environment file", async () => {
    const { out } = await script.run(["generate-keys"]);
    const lines = out.trim().split("\n");
    const keys = new Map(
      lines.map((line) => /^(\w+)='(.*)'$/.exec(line)?.slice(1) as [string, string]),
    );
    expect([...keys.keys()]).toEqual([
      "MASTER_KEYS",
      "SANDBOX_TOKEN_SIGNING_KEYS",
      "SANDBOX_TOKEN_JWKS",
    ]);
    expect(parseMasterKeys(keys.get("MASTER_KEYS") ?? "").keyIds).toHaveLength(1);
    const sign = createSandboxTokenSigner(keys.get("SANDBOX_TOKEN_SIGNING_KEYS") ?? "");
    const verify = createSandboxTokenVerifier(keys.get("SANDBOX_TOKEN_JWKS") ?? "");
    const identity = { sandboxId: "s", organizationId: "o", expiresAt: NOW + 60_000 };
    expect(await verify(await sign(identity, NOW), NOW)).toEqual(identity);
    expect(keys.get("SANDBOX_TOKEN_JWKS")).not.toContain('"d"');
  });

  test("puts new keys before the former ones, with which old tokens and secrets stay valid", async () => {
    const before = await script.runForData(["generate-keys"]);
    const after = await script.runForData(["generate-keys", "--add"], before);
    const [old] = parseMasterKeys(before.MASTER_KEYS).keyIds;
    const master = parseMasterKeys(after.MASTER_KEYS);
    expect(master.keyIds).toEqual([master.currentKeyId, old]);
    expect(master.currentKeyId).not.toBe(old);
    const verify = createSandboxTokenVerifier(after.SANDBOX_TOKEN_JWKS);
    const identity = { sandboxId: "s", organizationId: "o", expiresAt: NOW + 60_000 };
    for (const { SANDBOX_TOKEN_SIGNING_KEYS } of [before, after]) {
      const token = await createSandboxTokenSigner(SANDBOX_TOKEN_SIGNING_KEYS)(identity, NOW);
      expect(await verify(token, NOW)).toEqual(identity);
    }
    expect(JSON.parse(after.SANDBOX_TOKEN_SIGNING_KEYS).keys).toHaveLength(1);
  });

  test("makes one kind alone, and refuses former keys that are none without showing them", async () => {
    expect(Object.keys(await script.runForData(["generate-keys", "--only", "master"]))).toEqual([
      "MASTER_KEYS",
    ]);
    expect(Object.keys(await script.runForData(["generate-keys", "--only", "token"]))).toHaveLength(
      2,
    );
    const keys = await script.runForData(["generate-keys"]);
    const wrong: [string[], Record<string, string>, string][] = [
      [["--only", "other"], {}, "--only must be master or token"],
      [["--add"], {}, "Set MASTER_KEYS."],
      [["--add"], { MASTER_KEYS: "private" }, "MASTER_KEYS cannot be used: not JSON."],
      [
        ["--add", "--only", "token"],
        { SANDBOX_TOKEN_JWKS: keys.SANDBOX_TOKEN_SIGNING_KEYS },
        "SANDBOX_TOKEN_JWKS cannot be used: it holds a private key.",
      ],
    ];
    for (const [args, more, message] of wrong) {
      const { exitCode, errors } = await script.run(["generate-keys", ...args], more);
      expect({ exitCode, errors }).toEqual({
        exitCode: 2,
        errors: `${message}\nSee npm run admin -- generate-keys --help\n`,
      });
    }
  });
});

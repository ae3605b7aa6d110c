import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { COMMANDS } from "./commands.ts";
import { createScript } from "./testing/script.ts";

let script: Awaited<ReturnType<typeof createScript>>;

beforeEach(async () => {
  script = await createScript();
});

describe("the script", () => {
  test("explains itself, and each of its commands", async () => {
    const { exitCode, out } = await script.run(["--help"]);
    expect(exitCode).toBe(0);
    for (const [name, { options, environment }] of Object.entries(COMMANDS)) {
      expect(out).toContain(`  ${name} `);
      const help = await script.run([name, "--help"]);
      expect(help).toMatchObject({ exitCode: 0, errors: "" });
      for (const word of [...Object.keys(options), "json", ...Object.keys(environment)]) {
        expect(help.out).toContain(word);
      }
    }
  });

  test.each([
    [[], "Which command?"],
    [["other"], 'There is no command "other".'],
    [["constructor"], 'There is no command "constructor".'],
    [["list-keys"], "--organization is required"],
    [["list-keys", "--organization", ""], "--organization must not be empty"],
    [["list-keys", "--organization"], "Option '--organization <value>' argument missing"],
    [["list-keys", "--key", "x"], "Unknown option '--key'"],
    [["list-keys", "more"], "Unexpected argument 'more'"],
    [["re-encrypt"], "Set MASTER_KEYS."],
    [
      ["create-organization", "--name", "A", "--owner-email", "ann"],
      "--owner-email must be an e-mail address",
    ],
  ])("is called wrongly with %j", async (args, message) => {
    const { exitCode, out, errors } = await script.run(args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(errors).toContain(message);
  });

  test("asks for the script.database, and says what is wrong with it without showing a token", async () => {
    const list = ["list-keys", "--organization", "o"];
    expect(await script.run(list, { DATABASE_URL: "" })).toMatchObject({ exitCode: 2 });
    const failures: [Record<string, string>, string][] = [
      [{ DATABASE_URL: "file:x.db" }, "DATABASE_URL is not the URL of a libSQL database"],
      [{ DATABASE_AUTH_TOKEN: "wrong-token" }, "The database refuses the token"],
      [{ DATABASE_URL: "http://127.0.0.1:1/?authToken=private" }, "The database cannot be reached"],
    ];
    for (const [more, message] of failures) {
      const { exitCode, errors } = await script.run([...list, "--json"], more);
      expect(exitCode).toBe(1);
      expect(JSON.parse(errors).error).toContain(message);
      expect(errors).not.toMatch(/private|wrong-token/);
    }
    expect(await script.run(list)).toMatchObject({
      exitCode: 1,
      errors: "There is no organization o.\n",
    });
  });

  test("runs through the entry that npm calls, with its exit code", async () => {
    const entry = join(import.meta.dirname, "../start.js");
    const execute = promisify(execFile);
    const { stdout } = await execute(process.execPath, [entry, "admin", "generate-keys", "--json"]);
    expect(Object.keys(JSON.parse(stdout))).toHaveLength(3);
    await expect(execute(process.execPath, [entry, "admin", "other"])).rejects.toMatchObject({
      code: 2,
    });
  });
});

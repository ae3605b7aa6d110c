import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { COMMANDS } from "../local/admin/commands.ts";

const DOCS = resolve(import.meta.dirname, "../docs");
const { scripts } = JSON.parse(readFileSync(join(DOCS, "../package.json"), "utf8"));
const pages = readdirSync(DOCS).map((name) => [name, readFileSync(join(DOCS, name), "utf8")]);

test.each(pages)("%s: every link, script and admin command that it names is there", (_, page) => {
  for (const [, link = ""] of page.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
    expect(existsSync(join(DOCS, link)), link).toBe(true);
  }
  for (const [, script = ""] of page.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)) {
    expect(Object.keys(scripts)).toContain(script);
  }
  for (const [, name = "", rest = ""] of page.matchAll(/admin -- ([a-z][\w-]*)(.*)/g)) {
    const options = [...rest.matchAll(/ --([a-z-]+)/g)].map(([, option]) => option);
    expect(Object.keys(COMMANDS)).toContain(name);
    expect(Object.keys(COMMANDS[name]?.options ?? {})).toEqual(expect.arrayContaining(options));
  }
});

test("the API's shell lines are answered as they say", async () => {
  const page = readFileSync(join(DOCS, "api.md"), "utf8");
  const lines = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code]) => code).join("\n");
  const suffix = randomBytes(4).toString("hex");
  const script = lines
    .replaceAll("http://127.0.0.1:8787/api", inject("local").apiUrl)
    .replaceAll("./.egret/local.json", join(inject("stateDirectory"), "local.json"))
    .replaceAll(/"MAIL_KEY" }|"name": "MAIL_KEY/g, (found) =>
      found.replace("MAIL_KEY", `MAIL_KEY_${suffix}`),
    )
    .replaceAll("mailer", `mailer_${suffix}`)
    .replaceAll("curl -s", "echo; curl -s");
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script]);
  const answers = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(answers).toEqual([
    {
      items: expect.any(Array),
      total: expect.any(Number),
      nextCursor: expect.toBeOneOf([null, expect.any(String)]),
    },
    expect.objectContaining({
      hosts: ["api.mail.example"],
      locations: { headers: ["authorization"] },
    }),
    expect.objectContaining({ env: { MAIL_KEY: answers[1].placeholder } }),
    expect.objectContaining({ env: {} }),
    expect.objectContaining({ token: expect.any(String), expiresAt: expect.any(String) }),
  ]);
});

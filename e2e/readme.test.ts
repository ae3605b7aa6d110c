import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { choosePort } from "../local/ports.ts";

const ROOT = resolve(import.meta.dirname, "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");

const local = inject("local");

test.skipIf(!hasCurl())("the README's shell lines do what it says", async () => {
  const [, echo = "", create = "", call = ""] = readBlocks("sh");
  const port = String(await choosePort(0, "PORT", []));
  const host = spawn("bash", ["-c", `exec ${place(echo, port)}`]);
  onTestFinished(() => {
    host.kill();
  });
  let received = "";
  host.stdout.on("data", (data) => {
    received += data;
  });
  await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/`), { timeout: 10_000 });

  const output = await run("bash", ["-euo", "pipefail", "-c", place(create + call, port)]);
  expect(received).toContain("received: Bearer sk_live_4242424242");
  expect(output).toMatch(/you sent: Bearer dtn_secret_[a-z0-9]{32}\n$/);
  expect(output).not.toContain("sk_live_4242424242");

  const elsewhere = place(create + call, port)
    .replace(`/127.0.0.1:${port}`, `/localhost:${port}`)
    .replaceAll(/PAYMENTS_KEY_\w+/g, "$&_2");
  await run("bash", ["-euo", "pipefail", "-c", elsewhere]);
  expect(received).toMatch(/received: Bearer dtn_secret_[a-z0-9]{32}\n$/);
});

test("the README's SDK example runs", async () => {
  const [example = ""] = readBlocks("js");
  const code = place(example.replace("process.env.KEY", JSON.stringify(local.apiKey)), "0");
  expect(await run(process.execPath, ["--input-type=module", "-e", code])).toBe("true\n");
});

test("every link and every script that the README names is there", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const named = [...README.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  for (const [, link = ""] of README.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
    expect(() => readFileSync(join(ROOT, link)), link).not.toThrow();
  }
});

function readBlocks(language: string): string[] {
  const blocks = README.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].filter(([, name]) => name === language).map(([, , code = ""]) => code);
}

/** The same lines for this run's stack, with names that no other run has. */
function place(code: string, hostPort: string): string {
  const suffix = randomBytes(4).toString("hex");
  return code
    .replaceAll("http://127.0.0.1:8787/api", local.apiUrl)
    .replaceAll("http://127.0.0.1:8788", local.egressUrl)
    .replaceAll("./.egret/local.json", join(inject("stateDirectory"), "local.json"))
    .replaceAll("9000", hostPort)
    .replaceAll(/PAYMENTS_KEY|OPENAI_KEY/g, `$&_${suffix}`);
}

async function run(command: string, args: string[]): Promise<string> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  return output;
}

function hasCurl(): boolean {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

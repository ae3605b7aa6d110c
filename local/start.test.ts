import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

test.each(["14.21.3", "20.20.2", "22.17.1"])(
  "tells Node %s which one it needs",
  async (version) => {
    expect(await start([], version)).toEqual({
      code: 1,
      output:
        `Egret needs Node 22.18 or newer; this is Node ${version}. ` +
        "Run `npm ci`, then start through npm (`npm start`): it brings its own Node.\n",
    });
  },
);

test.each(["22.18.0", "23.0.0", "26.1.0"])("has nothing against Node %s", async (version) => {
  expect((await start(["nonsense"], version)).output).toContain('no command "nonsense"');
});

test("names its commands", async () => {
  expect(await start(["toString"], process.versions.node)).toEqual({
    code: 1,
    output:
      'There is no command "toString": use one of stack, database, demo, admin, soak, fuzz.\n',
  });
});

/** Runs the entry with arguments, in a Node that says it is another one. */
async function start(args: string[], version: string): Promise<{ code: unknown; output: string }> {
  const versions = `Object.defineProperty(process, "versions", { value: { node: "${version}" } })`;
  const script = join(import.meta.dirname, "start.js");
  const child = spawn(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(versions)}`, script, ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code, output: out + errors };
}

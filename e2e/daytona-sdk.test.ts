import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, inject, test } from "vitest";

const SESSION = join(import.meta.dirname, "testing/daytona-session.ts");
const END_MS = 2000;

test("serves the Daytona SDK, unchanged, and lets its process end at once", async () => {
  const { apiUrl, apiKey } = inject("local");
  const name = `SDK_${randomBytes(6).toString("hex")}`;
  const value = `sk-${randomBytes(16).toString("hex")}`;
  const child = spawn(process.execPath, [SESSION, name, value], {
    env: { ...process.env, EGRET_API_URL: apiUrl, EGRET_API_KEY: apiKey },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const endedAt = Date.now();
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  const { doneAt, ...session } = JSON.parse(output);
  expect(endedAt - doneAt).toBeLessThan(END_MS);
  expect(output).not.toContain(value);

  const { created, sandbox } = session;
  expect(created).toMatchObject({ name, description: "one", hosts: ["a.test"] });
  expect(session.listed).toMatchObject({ items: [{ id: created.id }], total: 1, nextCursor: null });
  expect(session.read).toEqual(created);
  expect(session.updated).toMatchObject({
    id: created.id,
    name,
    placeholder: created.placeholder,
    description: "two",
    hosts: ["b.test", "*.c.test"],
  });
  expect(sandbox).toMatchObject({
    env: { MODE: "test", API_KEY: created.placeholder },
    labels: { team: "blue" },
    state: "destroyed",
  });
  expect(session.foundId).toBe(sandbox.id);
  expect(session.failure).toBe("DaytonaNotFoundError");
});

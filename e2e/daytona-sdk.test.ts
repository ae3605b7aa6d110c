import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, inject, test } from "vitest";
import { callApi } from "../local/client.ts";

const PROGRAMS = join(import.meta.dirname, "testing");
const END_MS = 2000;

const local = inject("local");

/** Runs a program that uses the SDK, sees that it ends by itself at once, and gives what it tells. */
async function runProgram(file: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(PROGRAMS, file), ...args], {
    env: { ...process.env, EGRET_API_URL: local.apiUrl, EGRET_API_KEY: local.apiKey, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const endedAt = Date.now();
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  const { doneAt, ...told } = JSON.parse(output);
  expect(endedAt - doneAt).toBeLessThan(END_MS);
  return { told, output };
}

function createName(): string {
  return `SDK_${randomBytes(6).toString("hex")}`;
}

test("serves every method of the Daytona SDK for secrets and sandboxes, unchanged", async () => {
  const name = createName();
  const value = `sk-${randomBytes(16).toString("hex")}`;
  const { told, output } = await runProgram("daytona-session.ts", [name, value]);
  expect(output).not.toContain(value);

  const { created, listed, read, updated } = told.secret;
  expect(created).toMatchObject({ name, description: "one", hosts: ["a.test"] });
  expect(listed).toMatchObject({ items: [{ id: created.id }], total: 1, nextCursor: null });
  expect(read).toEqual(created);
  expect(updated).toMatchObject({
    id: created.id,
    name,
    placeholder: created.placeholder,
    description: "two",
    hosts: ["b.test", "*.c.test"],
  });

  const { started, remounted, unmounted, destroyed, foundIds, listedIds } = told.sandbox;
  const { placeholder } = created;
  expect(started).toMatchObject({
    name: `box-${name}`,
    env: { MODE: "test", API_KEY: placeholder },
    labels: { team: name },
    state: "started",
    organizationId: local.organizationId,
    cpu: 1,
    createdAt: expect.stringMatching(/Z$/),
  });
  expect(foundIds).toEqual([started.id, started.id]);
  expect(listedIds).toEqual([started.id]);
  expect(remounted.env).toEqual({ MODE: "test", OTHER_KEY: placeholder, SAME_KEY: placeholder });
  expect(unmounted.env).toEqual({ MODE: "test" });
  expect(destroyed.state).toBe("destroyed");
});

test("raises the SDK's own error classes, with what went wrong", async () => {
  const name = createName();
  const limited = await callApi(local, "POST", "/api-keys", { name, permissions: [] });
  expect(limited.status).toBe(201);
  const { value } = limited.body as { value: string };
  const { told } = await runProgram("daytona-failures.ts", [name], { EGRET_LIMITED_KEY: value });
  await callApi(local, "DELETE", `/api-keys/${name}`);

  const conflict = { name: "DaytonaConflictError", statusCode: 409, code: "CONFLICT" };
  const missing = { name: "DaytonaNotFoundError", statusCode: 404, code: "NOT_FOUND" };
  const invalid = { name: "DaytonaValidationError", statusCode: 400, code: "INVALID_REQUEST" };
  const unknown = { name: "DaytonaAuthenticationError", statusCode: 401, code: "UNAUTHORIZED" };
  const forbidden = { name: "DaytonaAuthorizationError", statusCode: 403, code: "FORBIDDEN" };
  const { failures } = told;
  expect(failures).toMatchObject({
    sameSecret: { ...conflict, message: `A secret named ${name} exists already` },
    sameSandbox: { ...conflict, message: `A sandbox named ${name} exists already` },
    noSecret: missing,
    noSecretToUpdate: missing,
    noSecretToDelete: missing,
    noSandbox: missing,
    badName: { ...invalid, message: expect.stringMatching(/^name: /) },
    badHost: { ...invalid, message: expect.stringMatching(/^hosts\[0\]: /) },
    badCursor: { ...invalid, message: expect.stringMatching(/^cursor: /) },
    unknownSecret: { ...invalid, message: "secrets: there is no secret named NONE" },
    unknownKey: { ...unknown, message: "The API key is not valid" },
    noPermission: { ...forbidden, message: "The permission manage:secrets is required" },
    noPermissionForSandboxes: {
      ...forbidden,
      message: "The permission write:sandboxes is required",
    },
    notServed: { name: "DaytonaError", statusCode: 501, code: "NOT_IMPLEMENTED" },
  });
  for (const failure of Object.values(failures)) {
    expect(failure).toMatchObject({ source: "EGRET_API" });
  }
});

test("pages through 250 secrets, each once and in order", async () => {
  const { told } = await runProgram("daytona-pages.ts", [createName()]);
  const { names, pages, totals } = told;
  expect(pages.map((page: string[]) => page.length)).toEqual([100, 100, 50]);
  expect(totals).toEqual([250, 250, 250]);
  expect(pages.flat()).toEqual(names.toSorted());
});

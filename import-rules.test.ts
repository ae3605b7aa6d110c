import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const BIOME = join(import.meta.dirname, "node_modules/@biomejs/biome/bin/biome");

/** For each room: what it may not import, and what it may not use without an import. */
const FORBIDDEN: Record<string, { imports: string[]; globals: string[] }> = {
  shared: {
    imports: ["../workers/api/permissions.ts", "hono", "zod", "drizzle-orm", "@libsql/client/web"],
    globals: ["fetch"],
  },
  "shared/encryption": {
    imports: ["../../workers/egress/target.ts", "cloudflare:workers", "drizzle-orm/libsql"],
    globals: ["fetch"],
  },
  "shared/database": {
    imports: ["../../workers/api/permissions.ts", "cloudflare:workers", "hono", "zod"],
    globals: ["fetch"],
  },
  "workers/api/routes": {
    imports: ["../store/secrets.ts", "drizzle-orm", "@libsql/client/web", "jose", "node:crypto"],
    globals: ["crypto", "fetch"],
  },
  "workers/api/services/secrets": {
    imports: ["hono", "hono/factory", "../../routes/secrets.ts", "../../http/failure-log.ts"],
    globals: ["Request", "Response", "fetch", "Date"],
  },
  "workers/api/store": {
    imports: [
      ...["../services/context.ts", "../routes/secrets.ts", "../http/failure-log.ts", "hono"],
      ...["../../../shared/encryption/sealed-value.ts", "../../../shared/secret-value.ts", "jose"],
    ],
    globals: ["fetch", "Date"],
  },
  "workers/api/http": { imports: ["../../egress/target.ts"], globals: [] },
  "workers/egress/substitution": {
    imports: [
      ...["../grants/grants.ts", "../forward/forward.ts", "../bindings.ts", "cloudflare:workers"],
      ...["../../api/permissions.ts", "hono", "drizzle-orm", "@libsql/client/web"],
    ],
    globals: ["fetch", "Date", "performance", "crypto"],
  },
  "workers/egress/forward": {
    imports: [
      ...["../grants/grants.ts", "../../../shared/encryption/sealed-value.ts", "jose"],
      ...["../../api/permissions.ts", "hono", "drizzle-orm", "node:crypto"],
    ],
    globals: ["Date", "crypto"],
  },
  "workers/egress": { imports: ["../api/permissions.ts", "hono", "zod"], globals: [] },
  "workers/egress/grants": { imports: ["../../api/permissions.ts", "hono"], globals: [] },
  sandbox: {
    imports: ["../shared/errors.ts", "hono", "undici", "node:http", "cloudflare:workers"],
    globals: [],
  },
};

/** For each room: what it is built on. */
const ALLOWED: Record<string, { imports: string[]; globals: string[] }> = {
  shared: { imports: ["./errors.ts", "jose"], globals: ["crypto"] },
  "shared/database": {
    imports: ["../errors.ts", "drizzle-orm", "@libsql/client/web"],
    globals: [],
  },
  "workers/api/routes": {
    imports: ["../services/context.ts", "../http/failure-log.ts", "hono", "zod"],
    globals: ["Response"],
  },
  "workers/api/services/secrets": {
    imports: ["../../store/secrets.ts", "../../../../shared/encryption/sealed-value.ts"],
    globals: ["crypto"],
  },
  "workers/api/store": {
    imports: ["../../../shared/database/schema.ts", "drizzle-orm"],
    globals: [],
  },
  "workers/egress/substitution": {
    imports: ["../../../shared/placeholder.ts", "../../../shared/secret-locations.ts"],
    globals: ["TextEncoder"],
  },
  "workers/egress/forward": { imports: ["../substitution/header-names.ts"], globals: ["fetch"] },
  "workers/egress": { imports: ["./grants/grants.ts", "jose"], globals: ["Response"] },
  sandbox: { imports: ["./route.js", "node:process"], globals: ["fetch"] },
};

type Case = { title: string; path: string; code: string; rule: string };

const forbidden = listCases(FORBIDDEN, "forbidden");
const allowed = listCases(ALLOWED, "allowed");

let folder: string;
let found: Map<string, string[]>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "egret-lint-"));
  await copyFile(join(import.meta.dirname, "biome.json"), join(folder, "biome.json"));
  for (const { path, code } of [...forbidden, ...allowed]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), code);
  }
  found = await lint();
});

afterAll(() => rm(folder, { recursive: true }));

test.each(forbidden)("$title is refused", ({ path, rule }) => {
  expect(found.get(path)).toEqual([rule]);
});

test.each(allowed)("$title is allowed", ({ path }) => {
  expect(found.get(path)).toBeUndefined();
});

function listCases(rooms: typeof FORBIDDEN, prefix: string): Case[] {
  return Object.entries(rooms).flatMap(([room, { imports, globals }]) => [
    ...imports.map((module, index) => ({
      title: `${room}: importing ${module}`,
      path: `${room}/${prefix}-import-${index}.ts`,
      code: `import { thing } from "${module}";\nthing();\n`,
      rule: "lint/style/noRestrictedImports",
    })),
    ...globals.map((name, index) => ({
      title: `${room}: the global ${name}`,
      path: `${room}/${prefix}-global-${index}.ts`,
      code: `export const thing = ${name};\n`,
      rule: "lint/style/noRestrictedGlobals",
    })),
  ]);
}

/** Lints the folder and gives the rules that each file breaks. */
async function lint(): Promise<Map<string, string[]>> {
  const options = ["--vcs-enabled=false", "--max-diagnostics=none", "--reporter=json"];
  const output = await new Promise<string>((resolve) => {
    execFile(BIOME, ["lint", ...options], { cwd: folder }, (_, stdout) => resolve(stdout));
  });
  const rules = new Map<string, string[]>();
  for (const { category, location } of JSON.parse(output).diagnostics) {
    rules.set(location.path, [...(rules.get(location.path) ?? []), category]);
  }
  return rules;
}

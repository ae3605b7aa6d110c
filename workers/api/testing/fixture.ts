import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { and, eq } from "drizzle-orm";
import { vi } from "vitest";
import { createApiKey, toStoredApiKey } from "../../../shared/api-key.ts";
import { type Database, openDatabase } from "../../../shared/database/database.ts";
import {
  apiKeys,
  auditLogs,
  organizations,
  organizationUsers,
} from "../../../shared/database/schema.ts";
import { createApp } from "../app.ts";
import { type Bindings, type Collaborators, readBindings } from "../bindings.ts";
import { PERMISSIONS, type Permission } from "../permissions.ts";
import { checkAnswer } from "./answer-check.ts";

// A test makes many requests, and may share its machine with all other tests.
vi.setConfig({ testTimeout: 30_000 });

/** The bindings of the Worker under test. Their types are not known: both Workers share a program. */
export const TEST_BINDINGS = env as unknown as Bindings & { DATABASE_URL: string };

const worker = exports as unknown as { default: Fetcher };

/** Opens the test's database, past the API; or another one. */
export function openTestDatabase(url = TEST_BINDINGS.DATABASE_URL): Database {
  return openDatabase({
    url,
    timeoutMs: 10_000,
    fetch: (request, init) => fetch(request, init),
  });
}

/** An answer of the API with its body read. */
export type Answer = {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of the body.
  body: any;
  text: string;
};

/** Calls a route, written as `POST /secret`. A body that is no text is sent as JSON. */
export type Call = (
  route: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** Calls the Worker without a credential. */
export const callApi: Call = (route, body, headers) =>
  send((request) => worker.default.fetch(request), route, body, headers);

/** An organization of its own for a test, and a way to call the API with its key. */
export type TestOrganization = { id: string; userId: string; apiKey: string; call: Call };

/** Puts an organization with one user and one key straight into the database. */
export async function createTestOrganization(
  key: { permissions?: Permission[]; expiresAt?: number } = {},
  database = openTestDatabase(),
): Promise<TestOrganization> {
  const id = crypto.randomUUID();
  const userId = crypto.randomUUID();
  const apiKey = createApiKey();
  const created = { createdAt: Date.now(), updatedAt: Date.now() };
  await database.batch([
    database.insert(organizations).values({ id, name: "Test", ...created }),
    database.insert(organizationUsers).values({
      organizationId: id,
      userId,
      email: "owner@example.com",
      role: "owner",
      assignedRoleIds: [],
      ...created,
    }),
    database.insert(apiKeys).values({
      organizationId: id,
      userId,
      name: "test",
      ...(await toStoredApiKey(apiKey)),
      permissions: key.permissions ?? [...PERMISSIONS],
      expiresAt: key.expiresAt ?? null,
      createdAt: created.createdAt,
    }),
  ]);
  return { id, userId, apiKey, call: authorize(callApi, apiKey) };
}

/** Adds a key to every call. */
export function authorize(call: Call, apiKey: string): Call {
  return (route, body, headers = {}) =>
    call(route, body, { Authorization: `Bearer ${apiKey}`, ...headers });
}

/**
 * Makes the API with some of its collaborators replaced, and a way to call it without a
 * credential. A call returns when the work after the answer is done too.
 */
export function createTestApp(replaced: {
  openDatabase?: Collaborators["openDatabase"];
  settings?: Partial<Collaborators["settings"]>;
  bindings?: Bindings;
}): Call {
  const { settings, ...collaborators } = readBindings({ ...TEST_BINDINGS, ...replaced.bindings });
  const app = createApp({
    ...collaborators,
    ...(replaced.openDatabase === undefined ? {} : { openDatabase: replaced.openDatabase }),
    settings: { ...settings, ...replaced.settings },
  });
  return (route, body, headers) =>
    send(
      async (request) => {
        const context = createExecutionContext();
        const answer = await app.fetch(request, {}, context);
        await waitOnExecutionContext(context);
        return answer;
      },
      route,
      body,
      headers,
    );
}

/** Reads an organization's audit log of one kind of target, the oldest entry first. */
export function readAuditLog(organizationId: string, targetType: string) {
  return openTestDatabase()
    .select()
    .from(auditLogs)
    .where(and(eq(auditLogs.organizationId, organizationId), eq(auditLogs.targetType, targetType)))
    .orderBy(auditLogs.createdAt);
}

async function send(
  dispatch: (request: Request) => Promise<Response>,
  route: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = "GET", path = ""] = route.split(" ");
  const request = new Request(`https://api.test/api${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const answer = await dispatch(request);
  const text = await answer.text();
  const type = answer.headers.get("Content-Type") ?? "";
  const { pathname } = new URL(request.url);
  checkAnswer({ method, path: pathname, status: answer.status, type, text });
  const isJson = type.startsWith("application/json") && text !== "";
  return {
    status: answer.status,
    headers: answer.headers,
    body: isJson ? JSON.parse(text) : undefined,
    text,
  };
}

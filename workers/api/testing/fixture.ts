import { env, exports } from "cloudflare:workers";
import { createApiKey, toStoredApiKey } from "../../../shared/api-key.ts";
import { type Database, openDatabase } from "../../../shared/database/database.ts";
import { apiKeys, organizations, organizationUsers } from "../../../shared/database/schema.ts";
import { PERMISSIONS, type Permission } from "../permissions.ts";

// The types of a test's own bindings and exports are not known: both Workers share one program.
const bindings = env as unknown as { DATABASE_URL: string };
const worker = exports as unknown as { default: Fetcher };

/** Opens the test's database, past the API. */
export function openTestDatabase(): Database {
  return openDatabase({
    url: bindings.DATABASE_URL,
    timeoutMs: 5000,
    fetch: (request, init) => fetch(request, init),
  });
}

/** An organization of its own for a test, and a way to call the API with its key. */
export type TestOrganization = {
  id: string;
  userId: string;
  apiKey: string;
  call: (route: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
};

/** An answer of the API with its body read. */
export type Answer = {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of the body.
  body: any;
  text: string;
};

/** Puts an organization with one user and one key straight into the database. */
export async function createTestOrganization(
  key: { permissions?: Permission[]; expiresAt?: number } = {},
): Promise<TestOrganization> {
  const id = crypto.randomUUID();
  const userId = crypto.randomUUID();
  const apiKey = createApiKey();
  const created = { createdAt: Date.now(), updatedAt: Date.now() };
  const database = openTestDatabase();
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
  return { id, userId, apiKey, call: createCaller(apiKey) };
}

function createCaller(apiKey: string): TestOrganization["call"] {
  return (route, body, headers = {}) =>
    callApi(route, body, { Authorization: `Bearer ${apiKey}`, ...headers });
}

/** Calls a route, written as `POST /secret`; a body that is no text is sent as JSON. */
export async function callApi(
  route: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = "GET", path = ""] = route.split(" ");
  const answer = await worker.default.fetch(
    new Request(`https://api.test/api${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  );
  const text = await answer.text();
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json") ?? false;
  return {
    status: answer.status,
    headers: answer.headers,
    body: isJson ? JSON.parse(text) : undefined,
    text,
  };
}

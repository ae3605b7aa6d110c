import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { openDatabase } from "./database.ts";
import { translateDatabaseError } from "./database-error.ts";

const LOCATION = { url: "http://127.0.0.1:1", timeoutMs: 1000 };

const ONE = {
  baton: null,
  base_url: null,
  results: [
    {
      type: "ok",
      response: {
        type: "execute",
        result: {
          cols: [{ name: "one", decltype: null }],
          rows: [[{ type: "integer", value: "1" }]],
          affected_row_count: 0,
          last_insert_rowid: null,
        },
      },
    },
    { type: "ok", response: { type: "close" } },
  ],
};

it("sends the token and one request for one query", async () => {
  const seen: (string | null)[] = [];
  const database = openDatabase({
    ...LOCATION,
    authToken: "token",
    fetch: async (request) => {
      seen.push(request.headers.get("Authorization"));
      return Response.json(ONE);
    },
  });
  expect(await database.all(sql`select 1 as one`)).toEqual([expect.objectContaining({ one: 1 })]);
  expect(seen).toEqual(["Bearer token"]);
});

it("ends a round trip that takes too long, as a 503", async () => {
  const database = openDatabase({
    ...LOCATION,
    timeoutMs: 1,
    fetch: (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
  });
  const failure = await database.all(sql`select 1`).catch(translateDatabaseError);
  expect(failure).toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    message: "The database cannot be reached",
    headers: { "Retry-After": "5" },
  });
});

import { type Client, createClient } from "@libsql/client/web";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { drizzle } from "drizzle-orm/libsql/web";
import { EgretError } from "../errors.ts";

/** A libSQL database: a connection made for one request, never shared between requests. */
export type Database = LibSQLDatabase<Record<string, never>> & { $client: Client };

/** Where the database is, and how long one round trip to it may take. */
export type DatabaseLocation = {
  url: string;
  authToken?: string | undefined;
  timeoutMs: number;
  fetch: (request: Request, init: RequestInit) => Promise<Response>;
};

/**
 * Opens a database by its URL (libsql, https or http); no connection is made yet. A Worker opens
 * one for each request, because a client's state may not cross from one request to another.
 * A round trip that takes longer than `timeoutMs`, or cannot be made, fails with
 * SERVICE_UNAVAILABLE.
 */
export function openDatabase(location: DatabaseLocation): Database {
  const client = createClient({
    url: location.url,
    ...(location.authToken === undefined ? {} : { authToken: location.authToken }),
    fetch: (request: Request) => fetchWithin(location, request),
  });
  return drizzle(client, { casing: "snake_case" }) as Database;
}

async function fetchWithin(location: DatabaseLocation, request: Request): Promise<Response> {
  try {
    return await location.fetch(request, { signal: AbortSignal.timeout(location.timeoutMs) });
  } catch (cause) {
    throw new EgretError("SERVICE_UNAVAILABLE", "The database cannot be reached", {
      headers: { "Retry-After": "5" },
      cause,
    });
  }
}

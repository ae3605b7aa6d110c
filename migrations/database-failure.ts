import { LibsqlError } from "@libsql/client/web";

/**
 * Says in one sentence why a script could not work with the database that DATABASE_URL and
 * DATABASE_AUTH_TOKEN name: without the URL, which may hold a token, and without queries.
 */
export function describeDatabaseFailure(thrown: unknown): string {
  const causes = listCauses(thrown);
  const last = causes.at(-1) as (Error & { code?: string; status?: number }) | undefined;
  if (last === undefined) return "It failed.";
  if (causes.some((cause) => cause instanceof LibsqlError && cause.code.startsWith("URL_"))) {
    return "DATABASE_URL is not the URL of a libSQL database (libsql:, https: or http:).";
  }
  if (last.status === 401 || last.status === 403 || last.code?.startsWith("AUTH_")) {
    return "The database refuses the token: check DATABASE_AUTH_TOKEN.";
  }
  if (typeof last.status === "number") {
    return `The server answered with status ${last.status}: check DATABASE_URL.`;
  }
  if (causes.some((cause) => cause.message === "fetch failed")) {
    return `The database cannot be reached (${last.code ?? last.message}): check DATABASE_URL.`;
  }
  if (last.name === "TimeoutError") return "The database did not answer in time.";
  return `It failed: ${last.message}`;
}

function listCauses(thrown: unknown): Error[] {
  return thrown instanceof Error ? [thrown, ...listCauses(thrown.cause)] : [];
}

import { eq } from "drizzle-orm";
import { expect } from "vitest";
import { migrateDatabase } from "../../../migrations/migrate.ts";
import { openDatabase } from "../../../shared/database/database.ts";
import { auditLogs } from "../../../shared/database/schema.ts";
import { startTestServer } from "../../database/testing/database.ts";
import { runAdmin } from "../run.ts";

/** When the commands of a test run. */
export const NOW = 1_800_000_000_000;
const AUTH_TOKEN = "token-of-the-database";

/** The admin script on a database of its own, which goes when the test ends. */
export async function createScript() {
  const server = await startTestServer({ authToken: AUTH_TOKEN });
  await migrateDatabase(server.url, AUTH_TOKEN);
  const database = openDatabase({
    url: server.url,
    authToken: AUTH_TOKEN,
    timeoutMs: 10_000,
    fetch: (request, init) => fetch(request, init),
  });

  /** Runs the script, with more or other variables. */
  async function run(args: string[], more: Record<string, string> = {}) {
    let [out, errors] = ["", ""];
    const exitCode = await runAdmin(
      args,
      { env: { DATABASE_URL: server.url, DATABASE_AUTH_TOKEN: AUTH_TOKEN, ...more }, now: NOW },
      {
        write: (text) => {
          out += `${text}\n`;
        },
        writeError: (text) => {
          errors += `${text}\n`;
        },
      },
    );
    return { exitCode, out, errors };
  }

  /** Runs a command that must succeed, and gives its JSON. */
  async function runForData(args: string[], more: Record<string, string> = {}) {
    const { exitCode, out, errors } = await run([...args, "--json"], more);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    return JSON.parse(out);
  }

  async function createOrganization(more: string[] = []): Promise<string> {
    const args = ["create-organization", "--name", "Acme", "--owner-email", "ann@acme.example"];
    return (await runForData([...args, ...more])).organizationId;
  }

  function readAuditLog(organizationId: string) {
    return database.select().from(auditLogs).where(eq(auditLogs.organizationId, organizationId));
  }

  return { database, run, runForData, createOrganization, readAuditLog };
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, type Config, createClient } from "@libsql/client/web";
import { onTestFinished } from "vitest";
import { type DatabaseServerOptions, startDatabaseServer } from "../server.ts";

/** A path for a database file in a folder of its own, which goes when the test ends. */
export function createDatabasePath(): string {
  const folder = mkdtempSync(join(tmpdir(), "egret-database-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "test.db");
}

/** A server on a free port, closed when the test ends, and the ways to speak to it. */
export async function startTestServer(options: Partial<DatabaseServerOptions> = {}) {
  const file = options.file ?? createDatabasePath();
  const server = await startDatabaseServer({ port: 0, ...options, file });
  onTestFinished(() => server.close());
  const connect = (config: Partial<Config> = {}): Client => {
    const client = createClient({ url: server.url, ...config });
    onTestFinished(() => client.close());
    return client;
  };
  const post = async (
    body: unknown,
    init: { path?: string; headers?: Record<string, string> } = {},
  ) => {
    const response = await fetch(server.url + (init.path ?? "/v3/pipeline"), {
      method: "POST",
      headers: { "content-type": "application/json", ...init.headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as PipelineAnswer };
  };
  return { ...server, file, connect, post };
}

/** What a pipeline answers, loosely typed: tests look at the parts they are about. */
export type PipelineAnswer = {
  baton: string | null;
  results: {
    type: string;
    // biome-ignore lint/suspicious/noExplicitAny: the point of the tests is what is in here
    response: any;
    error: { code: string; message: string };
  }[];
  code: string;
  message: string;
};

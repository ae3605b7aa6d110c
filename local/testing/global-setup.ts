import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { migrateDatabase } from "../../migrations/migrate.ts";
import { startDatabaseServer } from "../database/server.ts";
import { createDeploymentKeys, type DeploymentKeys } from "../keys.ts";
import { startUpstream } from "./upstream.ts";

declare module "vitest" {
  interface ProvidedContext extends DeploymentKeys {
    databaseUrl: string;
    spareDatabaseUrl: string;
    upstreamAddress: string;
  }
}

/**
 * Gives a test project a real libSQL of its own, migrated and empty, a second one for tests that
 * change what all organizations share, an upstream, and a deployment's keys.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "egret-test-"));
  const startDatabase = async (name: string) => {
    const started = await startDatabaseServer({ file: join(folder, name), port: 0 });
    await migrateDatabase(started.url);
    return started;
  };
  const server = await startDatabase("test.db");
  const spareServer = await startDatabase("spare.db");
  const upstream = await startUpstream(server.url, spareServer.url);
  const keys = await createDeploymentKeys();
  project.provide("databaseUrl", server.url);
  project.provide("spareDatabaseUrl", spareServer.url);
  project.provide("upstreamAddress", upstream.address);
  project.provide("masterKeys", keys.masterKeys);
  project.provide("sandboxTokenSigningKeys", keys.sandboxTokenSigningKeys);
  project.provide("sandboxTokenJwks", keys.sandboxTokenJwks);
  return async () => {
    await upstream.close();
    await server.close();
    await spareServer.close();
    await rm(folder, { recursive: true });
  };
}

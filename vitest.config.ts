import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { createInternet, INTERNET } from "./local/testing/internet.ts";

const WORKERS_SETUP = ["./local/testing/global-setup.ts"];
// Property tests and child processes take their time on a busy machine of two cores.
const TEST_TIMEOUT_MS = 30_000;
const E2E_TIMEOUT_MS = 60_000;
const E2E_HOOK_TIMEOUT_MS = 120_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "shared/**/*.test.ts",
            "workers/egress/substitution/**/*.test.ts",
            "workers/egress/grants/simulation/**/*.test.ts",
          ],
          environment: "node",
          testTimeout: TEST_TIMEOUT_MS,
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml", environment: "api" },
            miniflare: {
              bindings: {
                DATABASE_URL: inject("databaseUrl"),
                MASTER_KEYS: inject("masterKeys"),
                SANDBOX_TOKEN_SIGNING_KEYS: inject("sandboxTokenSigningKeys"),
                TEST_SPARE_DATABASE_URL: inject("spareDatabaseUrl"),
                EGRESS_URL: "https://egress.test",
                OIDC_ISSUER: "https://issuer.test/",
                OIDC_AUDIENCE: "egret-test",
              },
              outboundService: INTERNET,
              workers: [createInternet(inject("upstreamAddress"))],
            },
          })),
        ],
        test: {
          name: "api",
          include: ["workers/api/**/*.test.ts"],
          globalSetup: WORKERS_SETUP,
          testTimeout: TEST_TIMEOUT_MS,
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml", environment: "egress" },
            miniflare: {
              bindings: {
                DATABASE_URL: inject("databaseUrl"),
                MASTER_KEYS: inject("masterKeys"),
                SANDBOX_TOKEN_JWKS: inject("sandboxTokenJwks"),
                // Said here because the local stack's own bindings, if any, are read too.
                ALLOW_PRIVATE_TARGETS: "false",
                TEST_SANDBOX_TOKEN_SIGNING_KEYS: inject("sandboxTokenSigningKeys"),
                EGRESS_URL: "https://egress.test",
              },
              outboundService: INTERNET,
              workers: [createInternet(inject("upstreamAddress"))],
            },
          })),
        ],
        test: {
          name: "egress",
          include: ["workers/egress/**/*.test.ts"],
          exclude: ["workers/egress/substitution/**", "workers/egress/grants/simulation/**"],
          globalSetup: WORKERS_SETUP,
          testTimeout: TEST_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: "local",
          include: ["*.test.ts", "local/**/*.test.ts", "migrations/**/*.test.ts"],
          environment: "node",
          testTimeout: TEST_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: "bench",
          include: ["bench/**/*.test.ts"],
          environment: "node",
          testTimeout: TEST_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: "sandbox",
          include: ["sandbox/**/*.test.ts"],
          environment: "node",
          testTimeout: TEST_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          globalSetup: ["./e2e/testing/global-setup.ts"],
          environment: "node",
          testTimeout: E2E_TIMEOUT_MS,
          hookTimeout: E2E_HOOK_TIMEOUT_MS,
          fileParallelism: false,
        },
      },
    ],
  },
});

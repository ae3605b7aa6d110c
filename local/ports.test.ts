import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { StartError } from "./configuration.ts";
import { choosePort } from "./ports.ts";

test("names the port and the variable of a port in use, and takes it once it is free", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const refused = choosePort(port, "EGRET_API_PORT", []);
  await expect(refused).rejects.toThrow(StartError);
  await expect(refused).rejects.toThrow(`Port ${port} (EGRET_API_PORT)`);
  await new Promise((resolve) => server.close(resolve));
  expect(await choosePort(port, "EGRET_API_PORT", [])).toBe(port);
});

test("finds free ports that can be opened", async () => {
  const port = await choosePort(0, "EGRET_API_PORT", []);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await new Promise((resolve) => server.close(resolve));
  expect(port).toBeGreaterThan(1023);
});

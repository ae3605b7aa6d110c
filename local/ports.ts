import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { StartError } from "./configuration.ts";

// Below the range from which systems take ports for outgoing connections, so that none of these
// takes a free port between its choice here and its use by a child process.
const LOWEST_PORT = 20_000;
const PORTS_END = 32_000;
const ATTEMPTS = 100;

/**
 * Settles the port for a server on 127.0.0.1: the wanted one, or for 0 a free one that `taken`
 * does not hold. Throws a StartError that names the port and its `variable` when it is in use.
 */
export async function choosePort(
  wanted: number,
  variable: string,
  taken: readonly number[],
): Promise<number> {
  if (wanted !== 0) {
    if (await isFree(wanted)) return wanted;
    throw new StartError(
      `Port ${wanted} (${variable}) cannot be opened: another program uses it, or it is reserved. ` +
        `Stop that program, or choose another port: ${variable}=<port> (0 takes any free one).`,
    );
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST_PORT, PORTS_END);
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
  throw new StartError(`No free port was found between ${LOWEST_PORT} and ${PORTS_END}.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

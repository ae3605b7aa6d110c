import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { closeServer, openServer } from "./server.ts";

/**
 * The round trips that went to the database, and how long they took together until their answers.
 * Those that only note a last use, after an answer and once a minute, are apart and without time.
 */
export type DatabaseUse = {
  reads: number;
  writes: number;
  milliseconds: number;
  lastUseWrites: number;
};

/** The database as the Workers reach it: everything goes on to the real one, and is counted. */
export type CountingDatabase = {
  url: string;
  /** What went through since it was asked the last time. */
  takeUse(): DatabaseUse;
  close(): Promise<void>;
};

const NO_USE: DatabaseUse = { reads: 0, writes: 0, milliseconds: 0, lastUseWrites: 0 };

/** Opens a counting proxy before a libSQL server. */
export async function openCountingDatabase(databaseUrl: string): Promise<CountingDatabase> {
  const agent = new Agent({ keepAlive: true });
  let use = { ...NO_USE };
  const server = createServer(async (incoming, response) => {
    const body = await buffer(incoming);
    const kind = getKind(body.toString());
    const startedAt = performance.now();
    // Counted before it is answered: a caller that has its answer finds it counted.
    use[kind] += 1;
    await handOn(new URL(incoming.url ?? "", databaseUrl), agent, incoming, body, response, () => {
      if (kind !== "lastUseWrites") use.milliseconds += performance.now() - startedAt;
    });
  });
  return {
    url: `http://127.0.0.1:${await openServer(server)}`,
    takeUse() {
      const taken = use;
      use = { ...NO_USE };
      return taken;
    },
    async close() {
      agent.destroy();
      await closeServer(server);
    },
  };
}

/** By the statements in a round trip's JSON, as drizzle writes them: what only selects is a read. */
function getKind(body: string): "reads" | "writes" | "lastUseWrites" {
  if (/"sql":"update \\"\w+\\" set \\"last_used_at\\"/.test(body)) return "lastUseWrites";
  const statements = body.match(/"sql":"\s*\w+/gi) ?? [];
  return statements.every((statement) => /select$/i.test(statement)) ? "reads" : "writes";
}

async function handOn(
  url: URL,
  agent: Agent,
  { method, headers }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  onAnswer: () => void,
): Promise<void> {
  const { host: _host, ...others } = headers;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(url, { method, headers: others, agent }, resolve);
    outgoing.once("error", reject).end(body);
  });
  const bytes = await buffer(answer);
  onAnswer();
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  response.end(bytes);
}

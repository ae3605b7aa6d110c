import { fstatSync } from "node:fs";
import { parseArgs } from "node:util";
import { startDatabaseServer } from "./server.ts";

/** The process: `node local/database/main.ts --file F --port P`, which ends with its parent. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { file: { type: "string" }, port: { type: "string" }, host: { type: "string" } },
  });
  const port = Number(values.port);
  if (!values.file || !values.port || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error("usage: node local/database/main.ts --file <path> --port <number>");
  }
  const authToken = process.env.EGRET_DATABASE_AUTH_TOKEN;
  const server = await startDatabaseServer({
    file: values.file,
    port,
    ...(values.host && { host: values.host }),
    ...(authToken && { authToken }),
  });
  const stop = () => {
    server.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.once("disconnect", stop);
  if (isPipe(0)) process.stdin.once("end", stop).once("error", stop).resume();
  console.log(JSON.stringify({ url: server.url }));
}

/** Only a pipe tells that the parent is gone; a terminal or /dev/null would end or hang here. */
function isPipe(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

function fail(error: unknown): never {
  console.error(`database server: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

main().catch(fail);

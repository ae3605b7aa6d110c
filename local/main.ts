import { relative } from "node:path";
import { parseConfiguration, StartError } from "./configuration.ts";
import { type Stack, startStack } from "./stack.ts";
import { createStopSignal } from "./stop-signal.ts";

const databaseOnly = process.argv[2] === "database";
const { signal, asked } = createStopSignal();
process.exitCode = await run();

async function run(): Promise<number> {
  try {
    const configuration = parseConfiguration(process.env);
    const stack = await startStack({
      configuration,
      databaseOnly,
      onError: (line) => console.error(line),
      signal,
    });
    console.log(databaseOnly ? introduceDatabase(stack) : introduce(stack));
    return await stopWhenAsked(stack);
  } catch (error) {
    if (signal.aborted) return 0;
    console.error(error instanceof StartError ? error.message : error);
    return 1;
  }
}

/** Waits for a signal or for a part to end by itself; gives the exit code. */
async function stopWhenAsked(stack: Stack): Promise<number> {
  const failure = await Promise.race([asked, stack.failed]);
  if (failure !== null) console.error(`${failure} Stopping the rest.`);
  await stack.stop();
  return failure === null ? 0 : 1;
}

function introduce({ details, isFirstRun }: Stack): string {
  const { stateDirectory } = parseConfiguration(process.env);
  const fromHere = relative(process.cwd(), stateDirectory);
  const folder = fromHere.startsWith("..") ? stateDirectory : fromHere;
  return [
    "",
    "Egret is ready.",
    `  API     ${details.apiUrl}`,
    `  Egress  ${details.egressUrl}`,
    isFirstRun
      ? `  Key     ${details.apiKey}  (shown this once; while Egret runs, also in ${folder}/local.json)`
      : `  Key     in ${folder}/local.json`,
    "",
    "Try it:",
    `  curl -s ${details.apiUrl}/secret -H "Authorization: Bearer ${
      isFirstRun ? details.apiKey : "$KEY"
    }"`,
    "",
    "Ctrl-C stops everything.",
  ].join("\n");
}

function introduceDatabase({ details }: Stack): string {
  const ports = { api: new URL(details.apiUrl).port, egress: new URL(details.egressUrl).port };
  return [
    `The database answers at ${new URL(details.databaseUrl).origin}. Run the Workers by hand with`,
    `  npx wrangler dev -e api --port ${ports.api}`,
    `  npx wrangler dev -e egress --port ${ports.egress}`,
    "Ctrl-C stops it.",
  ].join("\n");
}

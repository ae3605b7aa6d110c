// Runs workerd, and takes it along when it ends itself.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { answerTask } from "./process.ts";

export type RuntimeTask = { binary: string; configFile: string; sockets: number; inspect: boolean };
/** `ports` is by the socket's name; `inspectorPort` null where it was not asked for. */
export type RuntimeAnswer = {
  pid: number;
  ports: Record<string, number>;
  inspectorPort: number | null;
};

answerTask<RuntimeTask, RuntimeAnswer>(async ({ binary, configFile, sockets, inspect }) => {
  const inspector = inspect ? ["--inspector-addr=127.0.0.1:0"] : [];
  const child = spawn(binary, ["serve", configFile, "config", "--control-fd=3", ...inspector], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  process.once("exit", () => child.kill("SIGKILL"));
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
  });
  child.once("exit", (code, signal) => {
    console.error(`workerd ended (${signal ?? `code ${code}`}):\n${said}`);
    process.exit(1);
  });
  const answer: RuntimeAnswer = { pid: child.pid ?? 0, ports: {}, inspectorPort: null };
  // The fourth descriptor: one line of JSON for each thing that listens.
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const { event, socket, port } = JSON.parse(line);
    if (event === "listen") answer.ports[socket] = port;
    if (event === "listen-inspector") answer.inspectorPort = port;
    if (Object.keys(answer.ports).length === sockets) break;
  }
  return answer;
});

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A script of this folder in a process of its own, and what it answered to its task. */
export type Helper<Answer> = { answer: Answer; stop(): Promise<void> };

/**
 * Starts a script of this folder as a process, gives it its task and waits for its answer. The
 * process ends when it is stopped or when this one ends, however that happens. Throws where it ends
 * without an answer; its own words are on standard error.
 */
export async function startHelper<Task extends object, Answer>(
  script: string,
  task: Task,
): Promise<Helper<Answer>> {
  // Standard output belongs to the table.
  const child = fork(join(import.meta.dirname, script), { stdio: ["ignore", 2, 2, "ipc"] });
  const ended = once(child, "exit");
  const stop = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  child.send(task);
  const failed = ended.then(([code, signal]) => {
    throw new Error(`${script} ended (${signal ?? `code ${code}`}) without an answer`);
  });
  const [answer] = await Promise.race([once(child, "message"), failed]);
  failed.catch(() => {});
  return { answer, stop };
}

/** Has a script of this folder do one task in a process of its own. */
export async function runTask<Task extends object, Answer>(
  script: string,
  task: Task,
): Promise<Answer> {
  const helper = await startHelper<Task, Answer>(script, task);
  await helper.stop();
  return helper.answer;
}

/** In such a process: does the task with `work`, and ends with the process that gave it. */
export function answerTask<Task, Answer>(work: (task: Task) => Promise<Answer>): void {
  process.once("disconnect", () => process.exit());
  process.once("message", async (task) => {
    process.send?.(await work(task as Task));
  });
}

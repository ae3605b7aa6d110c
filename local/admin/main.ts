import { runAdmin } from "./run.ts";

// Before the command come Node, the entry and its own word for this script.
const [, , , ...args] = process.argv;

process.exitCode = await runAdmin(
  args,
  { env: process.env, now: Date.now() },
  { write: (text) => console.log(text), writeError: (text) => console.error(text) },
);

// The entry that every Node runs: plain JavaScript without new syntax, so that a Node too old for
// the rest still gets this far and can say what is missing.
import { existsSync } from "node:fs";
import process from "node:process";

const COMMANDS = {
  stack: "./main.ts",
  database: "./main.ts",
  demo: "./demo/main.ts",
  admin: "./admin/main.ts",
  soak: "./soak/main.ts",
  fuzz: "./fuzz/main.ts",
};
const MINIMUM_NODE = [22, 18];

function findFault(command) {
  const version = process.versions.node.split(".").map(Number);
  const [major, minor] = MINIMUM_NODE;
  if (version[0] < major || (version[0] === major && version[1] < minor)) {
    return (
      `Egret needs Node ${major}.${minor} or newer; this is Node ${process.versions.node}. ` +
      "Run `npm ci`, then start through npm (`npm start`): it brings its own Node."
    );
  }
  if (!existsSync(new URL("../node_modules/wrangler/package.json", import.meta.url))) {
    return "The dependencies are not installed. Run `npm ci` first.";
  }
  if (!Object.hasOwn(COMMANDS, command)) {
    return `There is no command "${command}": use one of ${Object.keys(COMMANDS).join(", ")}.`;
  }
  return null;
}

const command = process.argv[2] || "stack";
const fault = findFault(command);
if (fault === null) {
  // State, logs and databases hold what only this user may read, also the files of child processes.
  process.umask(0o077);
  import(COMMANDS[command]);
} else {
  console.error(fault);
  process.exitCode = 1;
}

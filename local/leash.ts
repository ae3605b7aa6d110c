// Loaded into a child process that knows nothing of its parent (node --import), and so into the
// Node processes that it starts. When standard input closes, because the parent asks for the end
// or is gone itself, its process group ends: each process after those it started, for an orphan
// would stay as a zombie wherever the init process does not wait for it.
const POLL_MS = 20;
const LIMIT_MS = 2000;

process.stdin.on("error", () => {});
process.stdin.on("end", endGroup);
process.stdin.resume();
process.stdin.unref();

function endGroup(): void {
  setTimeout(() => process.kill(0, "SIGKILL"), LIMIT_MS);
  setInterval(exitWhenAlone, POLL_MS);
  // miniflare takes the end of its runtime for a crash and starts another, unless its exit hooks
  // have run.
  process.emit("exit", 0);
  process.removeAllListeners("SIGTERM");
  process.on("SIGTERM", () => {});
  process.kill(0, "SIGTERM");
}

function exitWhenAlone(): void {
  if (!process.getActiveResourcesInfo().includes("ProcessWrap")) process.exit();
}

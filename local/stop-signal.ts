const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Takes over Ctrl-C, `kill` and the closing of the terminal: the signal is aborted, and `asked`
 * settles, at the first of them. Later ones change nothing, for one Ctrl-C may come twice: from the
 * terminal and from npm.
 */
export function createStopSignal(): { signal: AbortSignal; asked: Promise<null> } {
  const controller = new AbortController();
  const asked = new Promise<null>((resolve) => {
    controller.signal.addEventListener("abort", () => resolve(null));
  });
  for (const name of STOP_SIGNALS) process.on(name, () => controller.abort());
  return { signal: controller.signal, asked };
}

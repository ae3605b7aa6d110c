import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../local/configuration.ts";

/** A Worker as it runs here: which modules (paths in the bundles' folder), and what it is bound to. */
export type RuntimeWorker = {
  name: string;
  /** The first is the main one. */
  modules: readonly string[];
  bindings: Readonly<Record<string, string>>;
  hasKv: boolean;
};

/**
 * Writes the configuration of workerd (its workerd.capnp says what each part means) for some
 * Workers, each on a free port of 127.0.0.1. Modules are named relative to the file that holds it.
 */
export function renderRuntimeConfig(workers: readonly RuntimeWorker[], kvAddress: string): string {
  const sockets = workers.map(
    ({ name }) => `(name = ${quote(name)}, address = "127.0.0.1:0", service = ${quote(name)})`,
  );
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    "const config :Workerd.Config = (",
    `  services = [${[
      ...workers.map(renderWorker),
      '(name = "internet", network = (allow = ["public", "private"]))',
      `(name = "kv", external = (address = ${quote(kvAddress)}, http = ()))`,
    ].join(",\n")}],`,
    `  sockets = [${sockets.join(", ")}]`,
    ");\n",
  ].join("\n");
}

function renderWorker({ name, modules, bindings, hasKv }: RuntimeWorker): string {
  const { date, flags } = readCompatibility();
  const embedded = modules.map(
    (path) => `(name = ${quote(path)}, esModule = embed ${quote(path)})`,
  );
  const bound = Object.entries(bindings).map(
    ([key, value]) => `(name = ${quote(key)}, text = ${quote(value)})`,
  );
  if (hasKv) bound.push('(name = "GRANTS", kvNamespace = "kv")');
  return `(name = ${quote(name)}, worker = (
    modules = [${embedded.join(", ")}],
    compatibilityDate = ${quote(date)}, compatibilityFlags = ${flags},
    bindings = [${bound.join(", ")}]
  ))`;
}

/** The date and flags with which both Workers are deployed. */
function readCompatibility(): { date: string; flags: string } {
  const toml = readFileSync(join(PROJECT_ROOT, "wrangler.toml"), "utf8");
  const [, date] = /^compatibility_date = "(.*)"$/m.exec(toml) ?? [];
  const [, flags] = /^compatibility_flags = (\[.*\])$/m.exec(toml) ?? [];
  if (date === undefined || flags === undefined) throw new Error("wrangler.toml says no date");
  return { date, flags };
}

/** Text in Cap'n Proto is written as in C, and so is JSON, where it is ASCII. */
function quote(text: string): string {
  return JSON.stringify(text);
}

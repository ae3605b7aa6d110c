import { Daytona, DaytonaError } from "@daytona/sdk";

// A program that does everything wrong, and tells the class and the fields of each error.
const [name = ""] = process.argv.slice(2);
const apiUrl = process.env["EGRET_API_URL"] ?? "";
const daytona = new Daytona({ apiUrl, apiKey: process.env["EGRET_API_KEY"] ?? "" });
const stranger = new Daytona({ apiUrl, apiKey: `dtn_${"0".repeat(64)}` });
const limited = new Daytona({ apiUrl, apiKey: process.env["EGRET_LIMITED_KEY"] ?? "" });

const secret = await daytona.secret.create({ name, value: "v" });
const sandbox = await daytona.create({ name });

const failures = {
  sameSecret: await fail(() => daytona.secret.create({ name, value: "v" })),
  sameSandbox: await fail(() => daytona.create({ name })),
  noSecret: await fail(() => daytona.secret.get("none")),
  noSecretToUpdate: await fail(() => daytona.secret.update("none", { value: "v" })),
  noSecretToDelete: await fail(() => daytona.secret.delete("none")),
  noSandbox: await fail(() => daytona.get("none")),
  badName: await fail(() => daytona.secret.create({ name: "1 bad", value: "v" })),
  badHost: await fail(() => daytona.secret.update(secret.id, { hosts: ["a.test/x"] })),
  badCursor: await fail(() => daytona.secret.list({ cursor: "none" })),
  unknownSecret: await fail(() => sandbox.updateSecrets({ A: "NONE" })),
  unknownKey: await fail(() => stranger.secret.list()),
  noPermission: await fail(() => limited.secret.list()),
  noPermissionForSandboxes: await fail(() => limited.create({ name: `${name}-2` })),
  notServed: await fail(() => sandbox.fs.listFiles("/")),
};

await sandbox.delete();
await daytona.secret.delete(secret.id);
console.log(JSON.stringify({ failures, doneAt: Date.now() }));

async function fail(attempt: () => Promise<unknown>) {
  const error = await attempt().then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DaytonaError)) throw error;
  const { statusCode, code, source, message } = error;
  return { name: error.constructor.name, statusCode, code, source, message };
}

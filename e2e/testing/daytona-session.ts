import { Daytona } from "@daytona/sdk";

// A program as a user of Daytona writes it. It must end by itself: whatever the SDK keeps open
// would hold the process.
const [name = "", value = ""] = process.argv.slice(2);
const daytona = new Daytona({
  apiKey: process.env["EGRET_API_KEY"] ?? "",
  apiUrl: process.env["EGRET_API_URL"] ?? "",
});

const created = await daytona.secret.create({ name, value, description: "one", hosts: ["a.test"] });
const listed = await daytona.secret.list({ name });
const read = await daytona.secret.get(created.id);
const updated = await daytona.secret.update(created.id, {
  value: `${value}-new`,
  description: "two",
  hosts: ["b.test", "*.c.test"],
});
const sandbox = await daytona.create({
  envVars: { MODE: "test" },
  labels: { team: "blue" },
  secrets: { API_KEY: name },
});
const found = await daytona.get(sandbox.id);
await sandbox.delete();
await daytona.secret.delete(created.id);
const failure = await daytona.secret.get(created.id).catch((error: Error) => error);

console.log(
  JSON.stringify({
    created,
    listed,
    read,
    updated,
    sandbox: { id: sandbox.id, env: sandbox.env, labels: sandbox.labels, state: sandbox.state },
    foundId: found.id,
    failure: failure instanceof Error ? failure.constructor.name : failure,
    doneAt: Date.now(),
  }),
);

import { Daytona, type Sandbox } from "@daytona/sdk";

// A program as a user of Daytona writes it: every method that Egret serves. It must end by itself:
// whatever the SDK keeps open would hold the process.
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
  name: `box-${name}`,
  envVars: { MODE: "test" },
  labels: { team: name },
  secrets: { API_KEY: name },
});
await sandbox.waitUntilStarted(1);
const started = describe(sandbox);
const foundIds = [(await daytona.get(sandbox.id)).id, (await daytona.get(sandbox.name)).id];
const listedIds: string[] = [];
for await (const each of daytona.list({ labels: { team: name }, limit: 1 })) {
  listedIds.push(each.id);
}
await sandbox.updateSecrets({ OTHER_KEY: name, SAME_KEY: name });
const remounted = describe(sandbox);
await sandbox.updateSecrets({});
await sandbox.refreshData();
const unmounted = describe(sandbox);
await daytona.delete(sandbox, 10, true);
const destroyed = describe(sandbox);
await daytona.secret.delete(created.id);

console.log(
  JSON.stringify({
    secret: { created, listed, read, updated },
    sandbox: { started, remounted, unmounted, destroyed, foundIds, listedIds },
    doneAt: Date.now(),
  }),
);

function describe({ id, name, env, labels, state, organizationId, cpu, createdAt }: Sandbox) {
  return { id, name, env: { ...env }, labels, state, organizationId, cpu, createdAt };
}

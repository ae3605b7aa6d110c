import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, inject, test } from "vitest";

type Answered = { status: number; text: string };
type OpenApi = {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
};

const ID = "OPENAPI_TEST";
let document: OpenApi;
let ajv: Ajv2020;

beforeAll(async () => {
  document = (await (await fetch(`${inject("local").apiUrl}/openapi.json`)).json()) as OpenApi;
  ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: "egret" });
});

async function call(method: string, path: string, body?: unknown): Promise<Answered> {
  const { apiUrl, apiKey } = inject("local");
  const answer = await fetch(apiUrl + path, {
    method,
    headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Expects an answer to be as the document says of the path (as a template) and its status. */
function expectDescribed(method: string, template: string, { status, text }: Answered): void {
  const escaped = template.replaceAll("/", "~1");
  const responses = `#/paths/${escaped}/${method.toLowerCase()}/responses`;
  const described = document.paths[template]?.[method.toLowerCase()]?.responses[status];
  expect(described, `${method} ${template} ${status}`).toBeDefined();
  const { $ref = `${responses}/${status}` } = described as { $ref?: string };
  if (text === "") return;
  const schema = encodeURI(`egret${$ref}/content/application~1json/schema`);
  const isValid = ajv.validate({ $ref: schema }, JSON.parse(text));
  expect(ajv.errors, `${method} ${template} ${status}: ${text}`).toBeNull();
  expect(isValid).toBe(true);
}

test("the document is valid OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

test("the page and the document are reached from the root too", async () => {
  const { origin } = new URL(inject("local").apiUrl);
  expect(await (await fetch(`${origin}/openapi.json`)).json()).toEqual(document);
  expect(await (await fetch(`${origin}/docs`)).text()).toContain("<!doctype html>");
});

test("answers are as the document says, to a validator that is not the API's own", async () => {
  const { organizationId } = inject("local");
  const organization = `/organizations/${organizationId}`;
  const created = await call("POST", "/secret", {
    name: ID,
    value: "v",
    hosts: ["a.test"],
    locations: { headers: ["x-key"], query: true },
  });
  expectDescribed("POST", "/secret", created);
  const { id } = JSON.parse(created.text);
  const sandbox = await call("POST", "/sandbox", { secrets: [{ KEY: ID }], autoStopInterval: 5 });
  expectDescribed("POST", "/sandbox", sandbox);
  const sandboxId = JSON.parse(sandbox.text).id;
  const calls: [method: string, template: string, path: string, body?: unknown][] = [
    ["POST", "/secret", "/secret", { name: ID, value: "v" }],
    ["POST", "/secret", "/secret", { name: "" }],
    ["GET", "/secret", "/secret"],
    ["GET", "/secret/paginated", "/secret/paginated?limit=1"],
    ["GET", "/secret/{secretId}", `/secret/${id}`],
    ["PATCH", "/secret/{secretId}", `/secret/${id}`, { description: "d" }],
    ["GET", "/sandbox", "/sandbox?limit=1"],
    ["GET", "/sandbox/{sandboxIdOrName}", `/sandbox/${sandboxId}`],
    ["GET", "/sandbox/{sandboxIdOrName}", "/sandbox/missing"],
    ["GET", "/sandbox/{sandboxIdOrName}/secrets", `/sandbox/${sandboxId}/secrets`],
    ["PUT", "/sandbox/{sandboxIdOrName}/secrets", `/sandbox/${sandboxId}/secrets`, { secrets: [] }],
    ["POST", "/sandbox/{sandboxIdOrName}/egress-token", `/sandbox/${sandboxId}/egress-token`],
    ["DELETE", "/sandbox/{sandboxIdOrName}", `/sandbox/${sandboxId}`],
    ["POST", "/api-keys", "/api-keys", { name: ID, permissions: ["manage:secrets"] }],
    ["GET", "/api-keys", "/api-keys"],
    ["GET", "/api-keys/current", "/api-keys/current"],
    ["DELETE", "/api-keys/{name}", `/api-keys/${ID}`],
    ["GET", "/organizations", "/organizations"],
    ["GET", "/organizations/{organizationId}", organization],
    ["GET", "/organizations/{organizationId}/roles", `${organization}/roles`],
    ["POST", "/organizations/{organizationId}/roles", `${organization}/roles`, {}],
    ["GET", "/organizations/{organizationId}/users", `${organization}/users`],
    ["GET", "/audit/organizations/{organizationId}", `/audit${organization}?limit=50`],
    ["GET", "/audit/scenarios", "/audit/scenarios"],
    ["GET", "/health/ready", "/health/ready"],
    ["GET", "/openapi.json", "/openapi.json"],
    ["GET", "/toolbox/{path}", "/toolbox/any"],
    ["DELETE", "/secret/{secretId}", `/secret/${id}`],
  ];
  for (const [method, template, path, body] of calls) {
    expectDescribed(method, template, await call(method, path, body));
  }
});

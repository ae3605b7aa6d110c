import { describe, expect, it } from "vitest";
import { getRouteRule, ROUTES, type RouteName } from "../permissions.ts";
import { ALL_ROUTES } from "../routes/table.ts";
import { callApi } from "../testing/fixture.ts";
import { createDocument, type Operation } from "./document.ts";

const document = createDocument(ALL_ROUTES, "/api");
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

function getOperation(method: string, path: string): Operation {
  const operation = document.paths[path]?.[method];
  if (operation === undefined) throw new Error(`${method} ${path} is not described`);
  return operation;
}

describe("the OpenAPI document", () => {
  it("describes every route of the table, each operation under a name of its own", () => {
    expect(ALL_ROUTES.map(({ name }) => name).sort()).toEqual(Object.keys(ROUTES).sort());
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it("is served to anyone, below /api and, by a redirect, at the root", async () => {
    const { status, body } = await callApi("GET /openapi.json");
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it("refers to nothing that it does not hold", () => {
    const text = JSON.stringify(document);
    for (const [, kind = "", name = ""] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      const components: Record<string, object> = document.components;
      expect(components[kind], `${kind}/${name}`).toHaveProperty(name);
    }
    expect(text).not.toContain("#/$defs");
  });

  it("says of every route who may call it", () => {
    for (const name of Object.keys(ROUTES) as RouteName[]) {
      const { access } = getRouteRule(name);
      const [method = "", path = ""] = name.replace(/:(\w+)/g, "{$1}").split(" ");
      if (method === "ALL") continue;
      const { security, description, responses } = getOperation(method.toLowerCase(), path);
      expect(security.length, name).toBe(access === "public" ? 0 : 1);
      if (access.includes(":")) {
        expect(security).toEqual([{ bearer: [access] }]);
        expect(description).toContain(`\`${access}\``);
        expect(responses).toHaveProperty("403");
      }
    }
  });

  it("describes what goes in before it is changed, with the limits that are checked", () => {
    expect(document.components.schemas["CreateSecret"]).toMatchObject({
      required: ["name", "value"],
      properties: {
        name: { type: "string", maxLength: 256, pattern: "^[a-zA-Z_][a-zA-Z0-9_-]*$" },
        hosts: { anyOf: [{ type: "array", maxItems: 100 }, { type: "null" }] },
      },
    });
    expect(getOperation("get", "/secret/paginated").parameters).toContainEqual({
      name: "limit",
      in: "query",
      description: "How many items a page holds.",
      schema: { type: "integer", minimum: 1, maximum: 200, default: 100 },
    });
  });

  it("describes filters with operators as one parameter for each field", () => {
    const { parameters } = getOperation("get", "/audit/organizations/{organizationId}");
    expect(parameters).toContainEqual(
      expect.objectContaining({ name: "statusCode", in: "query", style: "deepObject" }),
    );
  });

  it("says which statuses a route can answer", () => {
    const { responses } = getOperation("post", "/secret");
    expect(Object.keys(responses)).toEqual([
      ...["201", "400", "401", "403", "404", "409", "413", "415", "500", "503"],
    ]);
    expect(responses["409"]).toMatchObject({
      description: "The organization has a secret of that name.",
    });
    expect(Object.keys(getOperation("get", "/health").responses)).toEqual(["200", "500", "503"]);
  });
});

import { getRouteRule, splitRouteName } from "../permissions.ts";
import type { DescribedRoute } from "../routes/route.ts";
import type { JsonSchema, SchemaCollector } from "./json-schemas.ts";

/** A parameter of an operation (OpenAPI 3.1, section 4.8.12), or a reference to one. */
export type Parameter =
  | {
      name: string;
      in: "path" | "query" | "header";
      description?: string;
      required?: boolean;
      style?: "deepObject";
      schema: JsonSchema;
    }
  | { $ref: string };

const PATH_PARAMETERS: Record<string, string> = {
  secretId: "The secret's id.",
  sandboxIdOrName: "The sandbox's id or its name.",
  name: "The API key's name.",
  userId: "The user's id: the claim `sub` of their tokens.",
  organizationId: "The organization's id.",
  roleId: "The role's id.",
  path: "Anything.",
};

/** The parameters that operations refer to by name. */
export const SHARED_PARAMETERS = {
  OrganizationId: {
    name: "X-Daytona-Organization-ID",
    in: "header",
    description:
      "The organization to act in. Needed with a user's token where the path names none; an API key has its own, which it must agree with.",
    schema: { type: "string" },
  },
} satisfies Record<string, Parameter>;

/** Describes all parameters of a route: of its path, its query and its headers. */
export function describeParameters(route: DescribedRoute, schemas: SchemaCollector): Parameter[] {
  const { access } = getRouteRule(route.name);
  const isOfOrganization = access !== "public" && access !== "credential";
  return [
    ...describePath(route),
    ...(route.query === undefined ? [] : describeQuery(schemas.describe(route.query, "input"))),
    ...(isOfOrganization ? [{ $ref: "#/components/parameters/OrganizationId" }] : []),
  ];
}

/** Writes a route's path with its parameters as OpenAPI does: `/secret/{secretId}`. */
export function templatePath({ name }: DescribedRoute): string {
  return splitRouteName(name)
    .path.replace("*", "{path}")
    .replace(/:(\w+)/g, "{$1}");
}

function describePath(route: DescribedRoute): Parameter[] {
  return [...templatePath(route).matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path" as const,
    description: PATH_PARAMETERS[name] ?? "",
    required: true,
    schema: { type: "string" },
  }));
}

/** Parameters `field[operator]` become one, an object by operators. */
function describeQuery({ properties = {} }: JsonSchema): Parameter[] {
  const operatorsByField = new Map<string, Record<string, JsonSchema>>();
  const parameters: Parameter[] = [];
  for (const [key, schema] of Object.entries(properties) as [string, JsonSchema][]) {
    const [, field, operator] = /^(\w+)\[(\w+)\]$/.exec(key) ?? [];
    if (field === undefined || operator === undefined) {
      parameters.push(describeField(key, schema));
      continue;
    }
    operatorsByField.set(field, { ...operatorsByField.get(field), [operator]: schema });
  }
  for (const [name, operators] of operatorsByField) {
    const schema: JsonSchema = { type: "object", properties: operators };
    parameters.push({ name, in: "query", style: "deepObject", schema });
  }
  return parameters;
}

function describeField(name: string, { description, ...schema }: JsonSchema): Parameter {
  return {
    name,
    in: "query",
    ...(description === undefined ? {} : { description }),
    schema,
  };
}

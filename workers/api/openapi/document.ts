import { version } from "../../../package.json";
import { type Access, getRouteRule, splitRouteName } from "../permissions.ts";
import type { DescribedRoute } from "../routes/route.ts";
import { createSchemaCollector, type JsonSchema, type SchemaCollector } from "./json-schemas.ts";
import {
  describeParameters,
  type Parameter,
  SHARED_PARAMETERS,
  templatePath,
} from "./parameters.ts";
import { ErrorAnswer, listRefusals, REFUSALS } from "./refusals.ts";

type Content = Record<string, { schema?: JsonSchema }>;

/** An answer of an operation, or a reference to one that many share. */
export type OpenApiResponse = { description: string; content?: Content } | { $ref: string };

/** What one method does at one path. */
export type Operation = {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, OpenApiResponse>;
};

/** An OpenAPI document (version 3.1.0), with what this API has of it. */
export type OpenApiDocument = {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string; license: Record<string, string> };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    responses: Record<string, { description: string; content: Content }>;
    parameters: typeof SHARED_PARAMETERS;
    securitySchemes: Record<string, Record<string, string>>;
  };
};

const DESCRIPTION =
  "Keeps secrets that sandboxed code can use and never read. Every request brings " +
  "`Authorization: Bearer` with an API key or a user's token, bodies are JSON of at most 256 KiB, " +
  "and unknown fields are ignored. Every answer has its request's id in `X-Request-Id`.";

/** By the first step of the path. */
const TAGS: Record<string, { name: string; description: string }> = {
  secret: { name: "Secrets", description: "Values that go in and never come out." },
  sandbox: { name: "Sandboxes", description: "Identities, mounted secrets and egress tokens." },
  "api-keys": { name: "API keys", description: "Credentials of programs." },
  organizations: { name: "Organizations", description: "Users, and the roles they have." },
  audit: { name: "Audit log", description: "Who changed what, or tried to." },
  health: { name: "Service", description: "Whether it runs, and this description." },
  "socket.io": { name: "Compatibility", description: "What Daytona's clients look for." },
};
const TAG_OF_STEP: Record<string, string> = {
  "openapi.json": "health",
  docs: "health",
  toolbox: "socket.io",
};
const METHODS_OF_ALL = ["get", "post", "put", "patch", "delete"];

/** Describes the routes, which stand under `basePath`, as an OpenAPI document. */
export function createDocument(routes: DescribedRoute[], basePath: string): OpenApiDocument {
  const schemas = createSchemaCollector();
  const errorContent = { "application/json": { schema: schemas.describe(ErrorAnswer, "output") } };
  const paths: OpenApiDocument["paths"] = {};
  for (const route of routes) {
    const path = templatePath(route);
    paths[path] = { ...paths[path], ...describeRoute(route, schemas) };
  }
  const { components } = schemas;
  return {
    openapi: "3.1.0",
    info: {
      title: "Egret",
      version,
      description: DESCRIPTION,
      license: { name: "Apache 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: basePath }],
    tags: Object.values(TAGS),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(components).sort()),
      responses: Object.fromEntries(
        Object.values(REFUSALS).map(({ name, description }) => [
          name,
          { description, content: errorContent },
        ]),
      ),
      parameters: SHARED_PARAMETERS,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key or a user's token." },
      },
    },
  };
}

function describeRoute(route: DescribedRoute, schemas: SchemaCollector): Record<string, Operation> {
  const { method } = splitRouteName(route.name);
  const operation = describeOperation(route, schemas);
  if (method !== "ALL") return { [method.toLowerCase()]: operation };
  return Object.fromEntries(
    METHODS_OF_ALL.map((each) => [
      each,
      { ...operation, operationId: `${operation.operationId}_${each}` },
    ]),
  );
}

function describeOperation(route: DescribedRoute, schemas: SchemaCollector): Operation {
  const rule = getRouteRule(route.name);
  const step = splitRouteName(route.name).path.split("/")[1] ?? "";
  const tag = TAGS[TAG_OF_STEP[step] ?? step];
  if (tag === undefined) throw new Error(`${route.name} has no tag`);
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: [route.description, describeAccess(rule)].filter(Boolean).join(" "),
    tags: [tag.name],
    security: rule.access === "public" ? [] : [{ bearer: listRoles(rule.access) }],
    parameters: describeParameters(route, schemas),
    ...(route.body === undefined ? {} : { requestBody: describeBody(route.body, schemas) }),
    responses: describeResponses(route, schemas),
  };
}

function describeBody(body: NonNullable<DescribedRoute["body"]>, schemas: SchemaCollector) {
  return {
    required: !body.safeParse(undefined).success,
    content: { "application/json": { schema: schemas.describe(body, "input") } },
  };
}

function describeResponses(
  route: DescribedRoute,
  schemas: SchemaCollector,
): Operation["responses"] {
  const { status, response } = route;
  const refusals = listRefusals(route).map((refused): [number, OpenApiResponse] => [
    refused,
    refused === 409 && route.conflict !== undefined
      ? {
          description: `${route.conflict}.`,
          content: { "application/json": { schema: schemas.describe(ErrorAnswer, "output") } },
        }
      : { $ref: `#/components/responses/${REFUSALS[refused].name}` },
  ]);
  if (status >= 400) return Object.fromEntries(refusals);
  const content: Content | undefined =
    response === undefined
      ? undefined
      : { "application/json": { schema: schemas.describe(response, "output") } };
  const success = {
    description: SUCCESSES[status] ?? "",
    ...(content === undefined ? {} : { content }),
  };
  return Object.fromEntries([[status, success], ...refusals]);
}

const SUCCESSES: Record<number, string> = {
  101: "The WebSocket is open.",
  200: "Done.",
  201: "Created.",
  204: "Done; there is no body.",
};

function listRoles(access: Access): string[] {
  return ["credential", "member", "owner"].includes(access) ? [] : [access];
}

function describeAccess({
  access,
  isOpenToUsers,
}: {
  access: Access;
  isOpenToUsers?: true;
}): string {
  if (access === "public") return "Needs no credential.";
  if (access === "credential") return "Needs any credential.";
  if (access === "member") return "Needs any credential of the organization.";
  if (access === "owner") return "Needs the token of an owner who signs in; no API key does.";
  const alone = `Needs the permission \`${access}\``;
  return isOpenToUsers ? `${alone}, or the token of a user who signs in.` : `${alone}.`;
}

import { createHash } from "node:crypto";
import type { OpenApiDocument, OpenApiResponse, Operation } from "./document.ts";
import { type Html, html, renderSentence } from "./html.ts";
import type { JsonSchema } from "./json-schemas.ts";
import { PAGE_STYLE } from "./page-style.ts";
import type { Parameter } from "./parameters.ts";
import { describeType, renderField, renderSchema } from "./schema-view.ts";

/** A page of HTML, and the policy (CSP Level 3) that lets it load nothing and run nothing. */
export type DocumentPage = { html: string; contentSecurityPolicy: string };

type PlacedOperation = Operation & { method: string; path: string };

/** Renders an OpenAPI document as one page that needs no network, no script and no other file. */
export function renderPage(document: OpenApiDocument): DocumentPage {
  const operations = listOperations(document);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title} API</title>
<style>${{ html: PAGE_STYLE }}</style>
</head>
<body>
<div class="layout">
<nav aria-label="Operations">
<a href="#top"><strong>${document.info.title} API</strong></a>
${document.tags.map((tag) => renderMenu(tag.name, operations))}
<h2>Schemas</h2>
<ul>${Object.keys(document.components.schemas).map(
    (name) => html`<li><a href="#schema-${name}">${name}</a></li>`,
  )}</ul>
</nav>
<main id="top">
<h1>${document.info.title} API <small>${document.info.version}</small></h1>
<p>${renderSentence(document.info.description)}</p>
<p class="muted">Paths stand under <code>${document.servers[0]?.url ?? ""}</code>. The same as
<a href="openapi.json">an OpenAPI document</a>.</p>
${document.tags.map((tag) => renderTag(tag, operations, document))}
<section>
<h2>Schemas</h2>
${Object.entries(document.components.schemas).map(([name, schema]) => renderNamed(name, schema))}
</section>
</main>
</div>
</body>
</html>
`;
  return { html: page.html, contentSecurityPolicy: createPolicy() };
}

function createPolicy(): string {
  const hash = createHash("sha256").update(PAGE_STYLE).digest("base64");
  return [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function listOperations({ paths }: OpenApiDocument): PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ ...operation, method, path })),
  );
}

function renderMenu(tag: string, operations: PlacedOperation[]): Html {
  const tagged = operations.filter(({ tags }) => tags.includes(tag));
  // What any method does is listed once.
  const items = tagged
    .filter(({ summary }, index) => tagged.findIndex((each) => each.summary === summary) === index)
    .map(({ operationId, summary }) => html`<li><a href="#${operationId}">${summary}</a></li>`);
  return html`<h2>${tag}</h2><ul>${items}</ul>`;
}

function renderTag(
  { name, description }: { name: string; description: string },
  operations: PlacedOperation[],
  document: OpenApiDocument,
): Html {
  return html`<section>
<h2>${name}</h2>
<p class="muted">${description}</p>
${operations
  .filter(({ tags }) => tags.includes(name))
  .map((operation) => renderOperation(operation, document))}
</section>
`;
}

function renderOperation(operation: PlacedOperation, { components }: OpenApiDocument): Html {
  const { operationId, method, path, summary, description, requestBody } = operation;
  const parameters = operation.parameters.map((parameter) =>
    "$ref" in parameter ? components.parameters.OrganizationId : parameter,
  );
  const body = requestBody?.content["application/json"]?.schema;
  return html`<article id="${operationId}">
<h3>${summary}</h3>
<code class="path"><span class="method ${method}">${method.toUpperCase()}</span>${path}</code>
<p>${renderSentence(description)}</p>
${parameters.length === 0 ? "" : html`<h4>Parameters</h4><table>${parameters.map(renderParameter)}</table>`}
${body === undefined ? "" : html`<h4>Body</h4>${renderSchema(resolve(body, components.schemas))}`}
<h4>Answers</h4>
<table>${Object.entries(operation.responses).map(([status, response]) =>
    renderResponse(status, response, components),
  )}</table>
</article>
`;
}

function renderParameter(parameter: Exclude<Parameter, { $ref: string }>): Html {
  const place = parameter.in === "query" ? "" : `In the ${parameter.in}.`;
  const description = [place, parameter.description].filter(Boolean).join(" ");
  return renderField(
    parameter.name,
    { ...parameter.schema, ...(description === "" ? {} : { description }) },
    parameter.required === true,
  );
}

function renderResponse(
  status: string,
  response: OpenApiResponse,
  { responses }: OpenApiDocument["components"],
): Html {
  const { description, content } =
    "$ref" in response
      ? (responses[response.$ref.split("/").at(-1) ?? ""] ?? { description: "", content: {} })
      : response;
  const schema = content?.["application/json"]?.schema;
  return html`<tr><td><code>${status}</code>${
    schema === undefined ? "" : html` ${describeType(schema)}`
  }</td><td>${renderSentence(description)}</td></tr>
`;
}

function renderNamed(name: string, schema: JsonSchema): Html {
  return html`<article id="schema-${name}">
<h3>${name}</h3>
${schema.description === undefined ? "" : html`<p>${renderSentence(schema.description)}</p>`}
${renderSchema(schema)}
</article>
`;
}

function resolve(schema: JsonSchema, schemas: Record<string, JsonSchema>): JsonSchema {
  const name = schema.$ref?.split("/").at(-1);
  return (name === undefined ? undefined : schemas[name]) ?? schema;
}

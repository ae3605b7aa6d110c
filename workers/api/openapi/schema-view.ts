import { type Html, html, renderSentence } from "./html.ts";
import type { JsonSchema } from "./json-schemas.ts";

/** Renders a schema: an object as a table of its fields, anything else as one line. */
export function renderSchema(schema: JsonSchema): Html {
  if (schema.type !== "object" || schema.properties === undefined) {
    return html`<p>${describeType(schema)}</p>`;
  }
  const required = schema.required ?? [];
  return html`<table>${Object.entries(schema.properties).map(([name, field]) =>
    renderField(name, field as JsonSchema, required.includes(name)),
  )}</table>${renderExample(schema)}`;
}

/** Renders a field or a parameter as a row of a table. */
export function renderField(name: string, schema: JsonSchema, isRequired: boolean): Html {
  const description = schema.description ?? findOption(schema)?.description;
  const inner = listOperators(schema);
  return html`<tr>
<td><code>${name}</code>${isRequired ? html` <span class="required">required</span>` : ""}</td>
<td><p>${inner ?? describeType(schema)}</p>${
    description === undefined ? "" : html`<p class="muted">${renderSentence(description)}</p>`
  }</td>
</tr>
`;
}

/** Describes a type in words, with its limits; a named one by a link. */
export function describeType(schema: JsonSchema): Html {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return joinTypes(options as JsonSchema[]);
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined) return joinHtml(schema.enum.map(renderValue), ", ", "one of ");
  if (schema.type === "array") {
    return html`list of ${describeType((schema.items ?? {}) as JsonSchema)}${describeLimits(schema)}`;
  }
  if (schema.type === "object") return describeObject(schema);
  const format = schema.format === undefined ? "" : ` (${schema.format})`;
  const type = [schema.type ?? "any"].flat().join(" or ");
  return html`${type}${format}${describeLimits(schema)}`;
}

function describeObject(schema: JsonSchema): Html {
  if (typeof schema.additionalProperties === "object") {
    return html`object, each value ${describeType(schema.additionalProperties)}`;
  }
  if (schema.properties === undefined) return html`object`;
  const fields = Object.entries(schema.properties).map(
    ([name, field]) => html`<code>${name}</code>: ${describeType(field as JsonSchema)}`,
  );
  return joinHtml(fields, "; ", "object with ");
}

/** An object by operators, as filters are: their names, and the type that they share. */
function listOperators(schema: JsonSchema): Html | null {
  const { eq, gte } = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const value = eq ?? gte;
  if (value === undefined) return null;
  const names = Object.keys(schema.properties ?? {}).map((name) => html`<code>[${name}]</code>`);
  return html`${describeType(value)}, with ${joinHtml(names, " ", "")}`;
}

function joinTypes(options: JsonSchema[]): Html {
  return joinHtml(options.map(describeType), " or ", "");
}

function joinHtml(parts: Html[], separator: string, before: string): Html {
  return html`${before}${parts.map((part, index) =>
    index === 0 ? part : html`${separator}${part}`,
  )}`;
}

function renderValue(value: unknown): Html {
  return html`<code>${String(value)}</code>`;
}

/** What stands beside null, where a field may be null. */
function findOption({ anyOf = [] }: JsonSchema): JsonSchema | undefined {
  return (anyOf as JsonSchema[]).find(({ type }) => type !== "null");
}

function describeLimits(schema: JsonSchema): Html {
  const { minimum, maximum, minLength, maxLength, maxItems, pattern } = schema;
  const isSafeRange = maximum === Number.MAX_SAFE_INTEGER;
  const limits = [
    minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? "" : `from ${minimum}`,
    maximum === undefined || isSafeRange ? "" : `to ${maximum}`,
    minLength === undefined ? "" : "not empty",
    maxLength === undefined ? "" : `up to ${maxLength} characters`,
    maxItems === undefined ? "" : `${maxItems} at most`,
    schema.default === undefined ? "" : `otherwise ${JSON.stringify(schema.default)}`,
  ].filter(Boolean);
  const words = limits.length === 0 ? html`` : html`, ${limits.join(", ")}`;
  return pattern === undefined ? words : html`${words}, like <code>${pattern}</code>`;
}

function renderExample({ examples }: JsonSchema): Html {
  const [example] = Array.isArray(examples) ? examples : [];
  if (example === undefined) return html``;
  return html`<pre><code>${JSON.stringify(example, null, 2)}</code></pre>`;
}

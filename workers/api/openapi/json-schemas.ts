import { type ZodType, z } from "zod";

/** A JSON Schema (draft 2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Turns schemas into JSON Schemas, and gathers those that have a name. */
export type SchemaCollector = {
  /** The named schemas so far, by their names. */
  components: Record<string, JsonSchema>;
  /** Describes what goes in, before it is transformed, or what comes out. */
  describe: (schema: ZodType, io: "input" | "output") => JsonSchema;
};

/** Makes a collector. Two schemas of one name throw. */
export function createSchemaCollector(): SchemaCollector {
  const components: Record<string, JsonSchema> = {};
  const describe = (schema: ZodType, io: "input" | "output") => {
    // Inside another one, a schema that has a name becomes a reference too.
    const { properties, $defs = {} } = pointToComponents(
      z.toJSONSchema(z.object({ schema }), { io, override: tidy }),
    );
    for (const [name, definition] of Object.entries($defs)) addComponent(name, definition);
    return properties?.["schema"] as JsonSchema;
  };
  const addComponent = (name: string, definition: JsonSchema) => {
    const known = components[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new Error(`There are two schemas named ${name}`);
    }
    components[name] = definition;
  };
  return { components, describe };
}

function tidy({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: JsonSchema;
}): void {
  // Of what is transformed, zod leaves these out, as they might be meant for after it.
  const { examples, default: fallback } = z.globalRegistry.get(zodSchema) ?? {};
  if (Array.isArray(examples)) jsonSchema.examples = examples;
  if (fallback !== undefined) jsonSchema.default = fallback as JsonSchema["default"];
  // The format says it, and the pattern of a date or an id is long.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  // Clients have to bear fields that come in later versions.
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  delete jsonSchema.id;
}

function pointToComponents(schema: JsonSchema): JsonSchema {
  return JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === "$ref" ? value.replace("#/$defs/", "#/components/schemas/") : value,
    ),
  );
}

import { z } from "zod";
import { renderedTime } from "./rendered-fields.ts";

const locations = z.strictObject({
  headers: z.union([z.literal(true), z.array(z.string())]).optional(),
  query: z.union([z.literal(true), z.array(z.string())]).optional(),
  path: z.boolean().optional(),
  body: z.boolean().optional(),
});

export const SecretAnswer = z
  .strictObject({
    id: z.string().meta({ format: "uuid" }),
    name: z.string(),
    description: z.string().optional(),
    placeholder: z
      .string()
      .meta({ description: "What sandboxes hold in the value's place. It never changes." }),
    hosts: z.array(z.string()).meta({
      description: "Where the value may be sent; an empty list is nowhere.",
    }),
    locations: locations.optional().meta({
      description: "Where in a request the value may stand; without it, everywhere.",
    }),
    version: z.int().min(1).meta({ description: "Goes up with every update." }),
    lastUsedAt: renderedTime.optional(),
    createdAt: renderedTime,
    updatedAt: renderedTime,
  })
  .meta({ id: "Secret", description: "A secret without its value, which is never given out." });

export const SecretPageAnswer = z
  .strictObject({
    items: z.array(SecretAnswer),
    total: z.int().meta({ description: "How many secrets the filter matches on all pages." }),
    nextCursor: z.string().nullable().meta({ description: "Null on the last page." }),
  })
  .meta({ id: "SecretPage" });

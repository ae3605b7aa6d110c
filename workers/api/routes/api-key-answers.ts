import { z } from "zod";
import { renderedTime } from "./rendered-fields.ts";

export const NewApiKeyAnswer = z
  .strictObject({
    name: z.string(),
    value: z
      .string()
      .regex(/^dtn_[0-9a-f]{64}$/)
      .meta({ description: "The whole key, shown this once." }),
    createdAt: renderedTime,
    permissions: z.array(z.string()),
    expiresAt: renderedTime.nullable(),
  })
  .meta({ id: "NewApiKey" });

export const ApiKeyAnswer = z
  .strictObject({
    name: z.string(),
    value: z
      .string()
      .regex(/^dtn_[0-9a-f]*\*+[0-9a-f]{3}$/)
      .meta({ description: "The key's beginning and end; what is between is masked." }),
    createdAt: renderedTime,
    permissions: z.array(z.string()),
    lastUsedAt: renderedTime.nullable(),
    expiresAt: renderedTime.nullable(),
    userId: z.string(),
  })
  .meta({ id: "ApiKey" });

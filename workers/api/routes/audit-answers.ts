import { z } from "zod";
import { renderedTime } from "./rendered-fields.ts";

export const AuditEntryAnswer = z
  .strictObject({
    id: z.string(),
    organizationId: z.string(),
    actorId: z.string(),
    actorEmail: z.string().meta({ description: "Empty where it is not known." }),
    actorApiKeyPrefix: z.string().optional(),
    actorApiKeySuffix: z.string().optional(),
    action: z.string(),
    targetType: z.string(),
    targetId: z.string().optional(),
    statusCode: z.int().meta({ description: "What the request was answered with." }),
    errorMessage: z.string().optional(),
    ipAddress: z.string().optional(),
    userAgent: z.string().optional(),
    source: z.string().optional().meta({ description: "The client's own word for what it is." }),
    metadata: z.record(z.string(), z.unknown()).optional().meta({
      description: "What was changed; the values of secrets and keys are masked.",
    }),
    createdAt: renderedTime,
  })
  .meta({ id: "AuditLog" });

export const AuditPageAnswer = z
  .strictObject({
    items: z.array(AuditEntryAnswer),
    total: z.int(),
    page: z.int(),
    totalPages: z.int(),
    nextToken: z.string().optional().meta({ description: "Absent on the last page." }),
  })
  .meta({ id: "AuditLogPage" });

export const AuditScenariosAnswer = z
  .strictObject({
    targets: z.array(z.strictObject({ targetType: z.string(), actions: z.array(z.string()) })),
  })
  .meta({ id: "AuditScenarios" });

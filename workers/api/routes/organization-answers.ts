import { z } from "zod";
import { renderedTime } from "./rendered-fields.ts";

export const OrganizationAnswer = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    createdBy: z.string().meta({ description: "The id of the first owner." }),
    personal: z.literal(false),
    suspended: z.literal(false),
    createdAt: renderedTime,
    updatedAt: renderedTime,
  })
  .meta({ id: "Organization" });

export const OrganizationListAnswer = z.array(OrganizationAnswer);

export const OrganizationWithQuotaAnswer = OrganizationAnswer.extend({
  secretQuota: z.int().meta({ description: "How many secrets the organization may keep." }),
  maxSecretsPerSandbox: z.int(),
}).meta({ id: "OrganizationWithQuota" });

export const RoleAnswer = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    permissions: z.array(z.string()),
    isGlobal: z.literal(false),
    createdAt: renderedTime,
    updatedAt: renderedTime,
  })
  .meta({ id: "Role" });

export const MemberAnswer = z
  .strictObject({
    userId: z.string(),
    organizationId: z.string(),
    name: z.string(),
    email: z.string().meta({ description: "Empty until it is known." }),
    role: z.enum(["owner", "member"]),
    assignedRoles: z.array(RoleAnswer),
    createdAt: renderedTime,
    updatedAt: renderedTime,
  })
  .meta({ id: "User" });

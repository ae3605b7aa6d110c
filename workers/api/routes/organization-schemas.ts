import { z } from "zod";
import {
  MAX_DESCRIPTION_LENGTH,
  MAX_NAME_LENGTH,
  MAX_ROLES_PER_ORGANIZATION,
} from "../../../shared/limits.ts";
import { bodyError, expect, optional, permissions, text } from "./fields.ts";

export const RoleBody = z
  .object(
    {
      name: text(MAX_NAME_LENGTH).min(1, "must not be empty"),
      description: text(MAX_DESCRIPTION_LENGTH),
      permissions,
    },
    bodyError,
  )
  .meta({ id: "RoleInput" });

const assignedRoleIds = optional(
  z
    .array(text(MAX_NAME_LENGTH), { error: "must be a list of the ids of roles" })
    .max(MAX_ROLES_PER_ORGANIZATION, `a user has ${MAX_ROLES_PER_ORGANIZATION} roles at most`),
).transform((ids = []) => [...new Set(ids)]);

export const AccessBody = z
  .object(
    {
      role: z.enum(["owner", "member"], { error: expect("must be owner or member") }),
      assignedRoleIds,
    },
    bodyError,
  )
  .meta({ id: "UserAccess", examples: [{ role: "member", assignedRoleIds: [] }] });

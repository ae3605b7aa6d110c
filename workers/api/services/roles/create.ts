import { EgretError } from "../../../../shared/errors.ts";
import { MAX_ROLES_PER_ORGANIZATION } from "../../../../shared/limits.ts";
import type { Permission } from "../../permissions.ts";
import { insertRoleRow } from "../../store/role-changes.ts";
import type { Role } from "../../store/roles.ts";
import { createAuditEntry } from "../audit/entry.ts";
import type { ServiceContext } from "../context.ts";

export type RoleInput = { name: string; description: string; permissions: Permission[] };

/**
 * Makes a role. CONFLICT where the organization has one of that name, LIMIT_EXCEEDED where it may
 * keep no more.
 */
export async function createRole(context: ServiceContext, input: RoleInput): Promise<Role> {
  const { organizationId } = context.actor;
  const role: Role = {
    ...input,
    id: crypto.randomUUID(),
    organizationId,
    createdAt: context.now,
    updatedAt: context.now,
  };
  const outcome = await insertRoleRow(
    context.database,
    organizationId,
    role,
    MAX_ROLES_PER_ORGANIZATION,
    createAuditEntry(context, {
      action: "create",
      targetType: "organization_role",
      targetId: role.id,
      statusCode: 201,
      metadata: { ...input },
    }),
  );
  if (outcome === "duplicate") throw createRoleConflict(input.name);
  if (outcome === "full") {
    throw new EgretError(
      "LIMIT_EXCEEDED",
      `An organization keeps ${MAX_ROLES_PER_ORGANIZATION} roles at most`,
    );
  }
  return role;
}

/** The answer where the organization has a role of that name. */
export function createRoleConflict(name: string): EgretError {
  return new EgretError("CONFLICT", `A role named ${name} exists already`);
}

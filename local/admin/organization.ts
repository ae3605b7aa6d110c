import type { Database } from "../../shared/database/database.ts";
import { isUniqueViolation } from "../../shared/database/database-error.ts";
import { apiKeys, organizations, organizationUsers } from "../../shared/database/schema.ts";
import { insertAuditOfChange } from "../../workers/api/store/audit-logs.ts";
import { createOperatorAuditEntry } from "./audit.ts";
import { createOwnerKeyRows } from "./owner-key.ts";

/** An organization to be made, with its first owner. */
export type NewOrganization = { id: string; name: string; owner: { id: string; email: string } };

/**
 * Creates an organization with its owner and, where one is given, the owner's API key of all
 * permissions, with their audit entries in one transaction. Returns false, and changes nothing,
 * where there is an organization of that id.
 */
export async function insertOrganization(
  database: Database,
  { id, name, owner }: NewOrganization,
  ownerKey: { name: string; value: string } | null,
  now: number,
): Promise<boolean> {
  const created = { createdAt: now, updatedAt: now };
  const audit = createOperatorAuditEntry(
    {
      action: "create",
      targetType: "organization",
      targetId: id,
      statusCode: 201,
      metadata: { name, ownerId: owner.id },
    },
    now,
  );
  const rows = ownerKey && (await createOwnerKeyRows({ userId: owner.id, ...ownerKey }, now));
  try {
    await database.batch([
      database.insert(organizations).values({ id, name, ...created }),
      insertAuditOfChange(database, id, audit),
      database.insert(organizationUsers).values({
        organizationId: id,
        userId: owner.id,
        email: owner.email,
        role: "owner",
        assignedRoleIds: [],
        ...created,
      }),
      ...(rows === null
        ? []
        : [
            database.insert(apiKeys).values({ organizationId: id, ...rows.key }),
            insertAuditOfChange(database, id, rows.audit),
          ]),
    ]);
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

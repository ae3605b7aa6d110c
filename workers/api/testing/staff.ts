import { eq } from "drizzle-orm";
import { expect } from "vitest";
import { organizationUsers } from "../../../shared/database/schema.ts";
import type { Permission } from "../permissions.ts";
import { createTestOrganization, openTestDatabase, type TestOrganization } from "./fixture.ts";
import { signIn, type TestIssuer, type TestUser } from "./issuer.ts";

/** The fields of a role that tests look at. */
export type ShownRole = { id: string; name: string; permissions: string[]; createdAt: string };

/** An organization whose only owner signs in; `path` is where its routes are. */
export type StaffedOrganization = {
  organization: TestOrganization;
  owner: TestUser;
  path: string;
  createRole: (name: string, permissions: Permission[]) => Promise<ShownRole>;
};

/** Makes an organization whose only owner signs in with a token. */
export async function createStaffedOrganization(issuer: TestIssuer): Promise<StaffedOrganization> {
  const organization = await createTestOrganization();
  await openTestDatabase()
    .delete(organizationUsers)
    .where(eq(organizationUsers.organizationId, organization.id));
  const owner = await signIn(issuer, organization.id, { role: "owner" });
  const path = `/organizations/${organization.id}`;
  return {
    organization,
    owner,
    path,
    createRole: async (name, permissions) => {
      const fields = { name, description: "d", permissions };
      const role = await owner.call(`POST ${path}/roles`, fields);
      expect(role).toMatchObject({ status: 201 });
      return role.body;
    },
  };
}

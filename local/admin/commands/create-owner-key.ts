import { createApiKey } from "../../../shared/api-key.ts";
import type { Database } from "../../../shared/database/database.ts";
import { MAX_API_KEYS_PER_USER } from "../../../shared/limits.ts";
import { CreateApiKeyBody } from "../../../workers/api/routes/api-key-schemas.ts";
import { insertApiKeyRow } from "../../../workers/api/store/api-key-changes.ts";
import { findMember } from "../../../workers/api/store/members.ts";
import { findOrganization } from "../../../workers/api/store/organizations.ts";
import { AdminError, type Command } from "../command.ts";
import { DATABASE_ENVIRONMENT, withDatabase } from "../database.ts";
import { NAME, ORGANIZATION_OPTION, readOption, readOptionalOption } from "../options.ts";
import { createOwnerKeyRows } from "../owner-key.ts";

/** `create-owner-key`: an API key with all permissions. */
export const CREATE_OWNER_KEY: Command = {
  summary: "create an API key with all permissions for an owner",
  details: ["Prints the key, this once: of a key only its hash is stored."],
  environment: DATABASE_ENVIRONMENT,
  options: {
    organization: ORGANIZATION_OPTION,
    name: { value: "text", description: "the key's name", isRequired: true },
    owner: { value: "id", description: "the owner's id; else the organization's first owner" },
  },
  async run(options, context) {
    const organizationId = readOption(options, "organization", NAME);
    const name = readOption(options, "name", CreateApiKeyBody.shape.name);
    const givenOwner = readOptionalOption(options, "owner", NAME);
    const value = createApiKey();
    const userId = await withDatabase(context, async (database) => {
      const ownerId = await getOwnerId(database, organizationId, givenOwner);
      const rows = await createOwnerKeyRows({ userId: ownerId, name, value }, context.now);
      const outcome = await insertApiKeyRow(
        database,
        organizationId,
        rows.key,
        MAX_API_KEYS_PER_USER,
        rows.audit,
      );
      if (outcome === "inserted") return ownerId;
      throw new AdminError(
        outcome === "duplicate"
          ? `The owner ${ownerId} has a key named ${name} already.`
          : `The owner ${ownerId} has ${MAX_API_KEYS_PER_USER} keys, and may have no more.`,
      );
    });
    return {
      data: { organizationId, userId, name, value },
      lines: [value],
    };
  },
};

async function getOwnerId(
  database: Database,
  organizationId: string,
  givenOwner: string | null,
): Promise<string> {
  const organization = await findOrganization(database, organizationId);
  if (organization === null) throw new AdminError(`There is no organization ${organizationId}.`);
  const ownerId = givenOwner ?? organization.firstOwnerId;
  const member = await findMember(database, organizationId, ownerId);
  if (member?.role === "owner") return ownerId;
  throw new AdminError(`The organization has no owner ${ownerId}.`);
}

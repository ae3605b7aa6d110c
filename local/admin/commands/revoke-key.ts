import type { Database } from "../../../shared/database/database.ts";
import { deleteApiKeyRow } from "../../../workers/api/store/api-key-changes.ts";
import { listApiKeys } from "../../../workers/api/store/api-keys.ts";
import { createOperatorAuditEntry } from "../audit.ts";
import { AdminError, type Command } from "../command.ts";
import { DATABASE_ENVIRONMENT, withDatabase } from "../database.ts";
import { NAME, ORGANIZATION_OPTION, readOption, readOptionalOption } from "../options.ts";

/** `revoke-key`: the end of an API key. */
export const REVOKE_KEY: Command = {
  summary: "revoke an API key, at once",
  details: ["No request is served with it any more. It cannot be undone."],
  environment: DATABASE_ENVIRONMENT,
  options: {
    organization: ORGANIZATION_OPTION,
    name: { value: "text", description: "the key's name", isRequired: true },
    user: { value: "id", description: "its user, where several have a key of that name" },
  },
  async run(options, context) {
    const organizationId = readOption(options, "organization", NAME);
    const name = readOption(options, "name", NAME);
    const givenUser = readOptionalOption(options, "user", NAME);
    const userId = await withDatabase(context, async (database) => {
      const keyUser = givenUser ?? (await getUserOfKey(database, organizationId, name));
      const audit = createOperatorAuditEntry(
        {
          action: "delete",
          targetType: "api_key",
          targetId: name,
          statusCode: 204,
          metadata: { name, userId: keyUser },
        },
        context.now,
      );
      const named = { userId: keyUser, name };
      if (await deleteApiKeyRow(database, organizationId, named, audit)) return keyUser;
      throw createKeyNotFound(name);
    });
    return {
      data: { organizationId, userId, name, revoked: true },
      lines: [`The key ${name} of user ${userId} is revoked.`],
    };
  },
};

async function getUserOfKey(
  database: Database,
  organizationId: string,
  name: string,
): Promise<string> {
  const keys = await listApiKeys(database, organizationId, null);
  const users = keys.filter((key) => key.name === name).map(({ userId }) => userId);
  const [userId] = users;
  if (userId === undefined) throw createKeyNotFound(name);
  if (users.length === 1) return userId;
  throw new AdminError(`Several users have a key named ${name}; say which by --user: ${users}`);
}

function createKeyNotFound(name: string): AdminError {
  return new AdminError(`The organization has no such key named ${name}.`);
}

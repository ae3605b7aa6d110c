import { type ApiKey, listApiKeys } from "../../../workers/api/store/api-keys.ts";
import { findOrganization } from "../../../workers/api/store/organizations.ts";
import { AdminError, type Command } from "../command.ts";
import { DATABASE_ENVIRONMENT, withDatabase } from "../database.ts";
import { NAME, ORGANIZATION_OPTION, readOption } from "../options.ts";

/** `list-keys`: an organization's API keys, without the keys themselves. */
export const LIST_KEYS: Command = {
  summary: "list an organization's API keys",
  details: ["Shows of each key its beginning and end; no more of it is stored."],
  environment: DATABASE_ENVIRONMENT,
  options: { organization: ORGANIZATION_OPTION },
  async run(options, context) {
    const organizationId = readOption(options, "organization", NAME);
    const keys = await withDatabase(context, async (database) => {
      const organization = await findOrganization(database, organizationId);
      if (organization !== null) return listApiKeys(database, organizationId, null);
      throw new AdminError(`There is no organization ${organizationId}.`);
    });
    const described = keys.map(describeKey);
    return {
      data: described,
      lines: described.length === 0 ? ["no keys"] : formatTable(described.map(toCells)),
    };
  },
};

function describeKey({ name, userId, prefix, suffix, permissions, ...times }: ApiKey) {
  return {
    name,
    userId,
    prefix,
    suffix,
    permissions,
    createdAt: new Date(times.createdAt).toISOString(),
    lastUsedAt: formatTime(times.lastUsedAt),
    expiresAt: formatTime(times.expiresAt),
  };
}

function toCells(key: ReturnType<typeof describeKey>): string[] {
  return [
    key.name,
    `${key.prefix}…${key.suffix}`,
    `user ${key.userId}`,
    `${key.permissions.length} permissions`,
    `created ${key.createdAt}`,
    `last used ${key.lastUsedAt ?? "never"}`,
    `expires ${key.expiresAt ?? "never"}`,
  ];
}

function formatTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

function formatTable(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, index) =>
    Math.max(...rows.map((row) => row[index]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

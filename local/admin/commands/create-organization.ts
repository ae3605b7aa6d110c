import { randomUUID } from "node:crypto";
import { z } from "zod";
import { AdminError, type Command } from "../command.ts";
import { DATABASE_ENVIRONMENT, withDatabase } from "../database.ts";
import { NAME, readOption, readOptionalOption } from "../options.ts";
import { insertOrganization } from "../organization.ts";

const EMAIL = z.email({ error: "must be an e-mail address" }).max(320, "is too long");

/** `create-organization`: an organization with its first owner. */
export const CREATE_ORGANIZATION: Command = {
  summary: "create an organization with its first owner",
  details: ["Prints the ids of both. The owner's first key is made by create-owner-key."],
  environment: DATABASE_ENVIRONMENT,
  options: {
    name: { value: "text", description: "the organization's name", isRequired: true },
    "owner-email": { value: "address", description: "the owner's address", isRequired: true },
    "owner-id": {
      value: "id",
      description: "the owner's id, for sign-in the `sub` of the tokens; else a random one",
    },
  },
  async run(options, context) {
    const name = readOption(options, "name", NAME);
    const email = readOption(options, "owner-email", EMAIL);
    const ownerId = readOptionalOption(options, "owner-id", NAME) ?? randomUUID();
    const id = randomUUID();
    const owner = { id: ownerId, email };
    const isCreated = await withDatabase(context, (database) =>
      insertOrganization(database, { id, name, owner }, null, context.now),
    );
    if (!isCreated) throw new AdminError(`There is an organization ${id} already.`);
    return {
      data: { organizationId: id, name, ownerId, ownerEmail: email },
      lines: [`organization  ${id}  ${name}`, `owner         ${ownerId}  ${email}`],
    };
  },
};

import type { Command } from "./command.ts";
import { CREATE_ORGANIZATION } from "./commands/create-organization.ts";
import { CREATE_OWNER_KEY } from "./commands/create-owner-key.ts";
import { GENERATE_KEYS } from "./commands/generate-keys.ts";
import { LIST_KEYS } from "./commands/list-keys.ts";
import { RE_ENCRYPT } from "./commands/re-encrypt.ts";
import { REVOKE_KEY } from "./commands/revoke-key.ts";

/** All commands of the admin script, by their names. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  "generate-keys": GENERATE_KEYS,
  "create-organization": CREATE_ORGANIZATION,
  "create-owner-key": CREATE_OWNER_KEY,
  "list-keys": LIST_KEYS,
  "revoke-key": REVOKE_KEY,
  "re-encrypt": RE_ENCRYPT,
};

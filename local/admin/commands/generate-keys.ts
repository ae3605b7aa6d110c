import { parseMasterKeys } from "../../../shared/encryption/master-keys.ts";
import { createSandboxTokenVerifier } from "../../../shared/sandbox-token.ts";
import { createMasterKey, createSandboxTokenKeys, toKeySet } from "../../keys.ts";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import { readVariable } from "../options.ts";

/** `generate-keys`: a deployment's keys, or new ones beside those that it has. */
export const GENERATE_KEYS: Command = {
  summary: "generate master keys and sandbox token keys",
  details: [
    "Prints MASTER_KEYS (both Workers), SANDBOX_TOKEN_SIGNING_KEYS (API) and SANDBOX_TOKEN_JWKS",
    "(egress) as lines of an environment file. They are stored nowhere: keep them well.",
    "For a rotation, --add puts the new keys before those that the environment holds.",
  ],
  environment: {
    MASTER_KEYS: "with --add: the master keys so far",
    SANDBOX_TOKEN_JWKS: "with --add: the public token keys so far",
  },
  options: {
    only: { value: "master|token", description: "one kind of keys alone" },
    add: { value: null, description: "keep the keys that the environment holds, after the new" },
  },
  async run({ texts, flags }, context) {
    const { only } = texts;
    if (only !== undefined && only !== "master" && only !== "token") {
      throw new UsageError("--only must be master or token");
    }
    const isAdding = flags.has("add");
    const data = {
      ...(only === "token" ? {} : generateMasterKeys(context, isAdding)),
      ...(only === "master" ? {} : await generateTokenKeys(context, isAdding)),
    };
    return { data, lines: Object.entries(data).map(([name, value]) => `${name}='${value}'`) };
  },
};

function generateMasterKeys(context: CommandContext, isAdding: boolean) {
  const former = isAdding ? readVariable(context, "MASTER_KEYS", parseFormerMasterKeys) : [];
  return { MASTER_KEYS: toKeySet([createMasterKey(), ...former]) };
}

/** The former private key is left out: it has signed its last. */
async function generateTokenKeys(context: CommandContext, isAdding: boolean) {
  const former = isAdding ? readVariable(context, "SANDBOX_TOKEN_JWKS", parseFormerTokenKeys) : [];
  const { privateKey, publicKey } = await createSandboxTokenKeys();
  return {
    SANDBOX_TOKEN_SIGNING_KEYS: toKeySet([privateKey]),
    SANDBOX_TOKEN_JWKS: toKeySet([publicKey, ...former]),
  };
}

function parseFormerMasterKeys(json: string): object[] {
  parseMasterKeys(json);
  return JSON.parse(json).keys;
}

function parseFormerTokenKeys(json: string): object[] {
  createSandboxTokenVerifier(json);
  const { keys } = JSON.parse(json) as { keys: object[] };
  if (keys.every((key) => !("d" in key))) return keys;
  throw new TypeError("it holds a private key");
}

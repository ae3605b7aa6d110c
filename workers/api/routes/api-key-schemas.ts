import { z } from "zod";
import { MAX_NAME_LENGTH } from "../../../shared/limits.ts";
import { bodyError, optional, permissions, text, time } from "./fields.ts";

// `current` has a route of its own; the dots are taken out of every URL before it is sent.
const UNREACHABLE_NAMES = ["current", ".", ".."];

export const CreateApiKeyBody = z
  .object(
    {
      name: text(MAX_NAME_LENGTH)
        .min(1, "must not be empty")
        .refine((name) => !UNREACHABLE_NAMES.includes(name), "is not free to be given to a key"),
      permissions,
      expiresAt: optional(time),
    },
    bodyError,
  )
  .meta({
    id: "CreateApiKey",
    examples: [{ name: "ci", permissions: ["write:sandboxes"], expiresAt: "2027-01-01T00:00:00Z" }],
  });

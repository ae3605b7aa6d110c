import { z } from "zod";
import { ERROR_STATUS, type ErrorCode } from "../../../shared/errors.ts";
import { getRouteRule } from "../permissions.ts";
import { renderedTime } from "../routes/rendered-fields.ts";
import type { DescribedRoute } from "../routes/route.ts";

/** The body of every answer that is an error. */
export const ErrorAnswer = z
  .strictObject({
    statusCode: z.int(),
    error: z.string(),
    message: z.string().meta({ description: "One sentence; it names the field at fault." }),
    code: z.enum(Object.keys(ERROR_STATUS) as ErrorCode[]),
    source: z.literal("EGRET_API"),
    path: z.string(),
    method: z.string(),
    timestamp: renderedTime,
    requestId: z.uuid().meta({ description: "Also in the header `X-Request-Id`." }),
  })
  .meta({ id: "Error" });

/** What each status says, and the name that the document refers to it by. */
export const REFUSALS = {
  400: {
    name: "BadRequest",
    description: "The request is malformed or a limit is reached; the message names the field.",
  },
  401: { name: "Unauthorized", description: "There is no valid credential." },
  403: { name: "Forbidden", description: "The credential may not do this." },
  404: {
    name: "NotFound",
    description: "It does not exist, or it is another organization's; the answers are alike.",
  },
  409: { name: "Conflict", description: "It is at odds with what there is." },
  413: { name: "PayloadTooLarge", description: "The body is larger than 256 KiB." },
  415: { name: "UnsupportedMediaType", description: "The body is not `application/json`." },
  500: { name: "InternalError", description: "A failure of Egret's own; try again." },
  501: { name: "NotImplemented", description: "Egret does not serve this." },
  503: {
    name: "ServiceUnavailable",
    description: "The database cannot be reached; try again after `Retry-After` seconds.",
  },
} as const;

/** A status that an answer of the API can refuse with. */
export type RefusalStatus = keyof typeof REFUSALS;

/** Lists the statuses that a route can refuse with, in ascending order. */
export function listRefusals({ name, status, body, conflict }: DescribedRoute): RefusalStatus[] {
  const { access } = getRouteRule(name);
  const refusals: RefusalStatus[] = [500, 503];
  if (access !== "public") refusals.push(401);
  if (access !== "public" && access !== "credential") refusals.push(400, 403, 404);
  if (status === 101) refusals.push(400);
  if (status === 501) refusals.push(501);
  if (body !== undefined) refusals.push(413, 415);
  if (conflict !== undefined) refusals.push(409);
  return refusals.sort((one, other) => one - other);
}

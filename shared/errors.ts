/**
 * Every error code that Egret answers with, and its HTTP status. The union is closed: a code
 * that is not here does not compile.
 */
export const ERROR_STATUS = {
  INVALID_REQUEST: 400,
  LIMIT_EXCEEDED: 400,
  INVALID_TARGET: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  PRIVATE_TARGET: 403,
  NETWORK_BLOCKED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  SANDBOX_TOKEN_REQUIRED: 407,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  SECRET_NOT_ENCODABLE: 422,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  UPSTREAM_UNREACHABLE: 502,
  SERVICE_UNAVAILABLE: 503,
  UPSTREAM_TIMEOUT: 504,
} as const;

/** One of the closed set of error codes. */
export type ErrorCode = keyof typeof ERROR_STATUS;

const STATUS_TEXT: Record<(typeof ERROR_STATUS)[ErrorCode], string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  407: "Proxy Authentication Required",
  409: "Conflict",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/**
 * An error whose message is meant for the caller. Anything else that is thrown is answered as
 * INTERNAL_ERROR without its message. `cause` is for the log and never leaves the Worker.
 */
export class EgretError extends Error {
  override readonly name = "EgretError";
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.headers = options.headers ?? {};
  }

  get status(): (typeof ERROR_STATUS)[ErrorCode] {
    return ERROR_STATUS[this.code];
  }
}

/** The body of every error answer (the envelope that Daytona's SDKs read). */
export type ErrorEnvelope = {
  statusCode: number;
  error: string;
  message: string;
  code: ErrorCode;
  source: "EGRET_API" | "EGRET_EGRESS";
  path: string;
  method: string;
  timestamp: string;
  requestId: string;
};

/**
 * Turns whatever was thrown into an EgretError: those meant for the caller pass, all others
 * become a 500 that says nothing about its cause.
 */
export function toEgretError(thrown: unknown): EgretError {
  if (thrown instanceof EgretError) return thrown;
  return new EgretError("INTERNAL_ERROR", "Internal server error", { cause: thrown });
}

/**
 * Builds the error envelope. `path` must be free of secrets and tokens: the caller cleans it.
 * `timestamp` is ISO 8601 with milliseconds, from `now` (milliseconds since the epoch).
 */
export function renderErrorEnvelope(
  error: EgretError,
  context: Pick<ErrorEnvelope, "source" | "path" | "method" | "requestId"> & { now: number },
): ErrorEnvelope {
  return {
    statusCode: error.status,
    error: STATUS_TEXT[error.status],
    message: error.message,
    code: error.code,
    source: context.source,
    path: context.path,
    method: context.method,
    timestamp: new Date(context.now).toISOString(),
    requestId: context.requestId,
  };
}

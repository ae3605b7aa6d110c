/** Longest secret value, in bytes of UTF-8. */
export const MAX_SECRET_VALUE_BYTES = 64 * 1024;
/** Longest secret description, in characters. */
export const MAX_DESCRIPTION_LENGTH = 1024;
/** Longest name of a secret, sandbox, key or role, in characters. */
export const MAX_NAME_LENGTH = 256;
/** Most hosts one secret may list. */
export const MAX_HOSTS_PER_SECRET = 100;
/** Most header or query names that one secret's locations may list. */
export const MAX_NAMES_PER_LOCATION = 100;
/** Most secrets an organization may keep, unless the deployment raises it. */
export const MAX_SECRETS_PER_ORGANIZATION = 1500;
/** Most secrets that are answered without pages. */
export const MAX_UNPAGED_SECRETS = 1500;
/** Most secrets one sandbox may mount. */
export const MAX_SECRETS_PER_SANDBOX = 100;
/** Most API keys one user may keep in an organization. */
export const MAX_API_KEYS_PER_USER = 1000;
/** Most roles an organization may keep. */
export const MAX_ROLES_PER_ORGANIZATION = 100;
/** Longest id of a user, in characters (OpenID Connect Core 1.0, section 2: `sub`). */
export const MAX_USER_ID_LENGTH = 255;
/** Most users an organization may have. */
export const MAX_USERS_PER_ORGANIZATION = 1000;
/** Lifetime of a sandbox token without `ttlMinutes`, in minutes. */
export const DEFAULT_SANDBOX_TOKEN_MINUTES = 24 * 60;
/** Longest lifetime of a sandbox token, in minutes: a year. */
export const MAX_SANDBOX_TOKEN_MINUTES = 365 * 24 * 60;
/** Items on a page of a list without `limit`. */
export const DEFAULT_PAGE_SIZE = 100;
/** Most items on a page of a list. */
export const MAX_PAGE_SIZE = 200;
/** Largest body of a request to the API, in bytes. */
export const MAX_REQUEST_BODY_BYTES = 256 * 1024;

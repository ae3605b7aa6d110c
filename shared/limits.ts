/** Longest secret value, in bytes of UTF-8. */
export const MAX_SECRET_VALUE_BYTES = 64 * 1024;
/** Longest secret description, in characters. */
export const MAX_DESCRIPTION_LENGTH = 1024;
/** Longest name of a secret, sandbox, key or role, in characters. */
export const MAX_NAME_LENGTH = 256;
/** Most hosts one secret may list. */
export const MAX_HOSTS_PER_SECRET = 100;
/** Most secrets an organization may keep, unless the deployment raises it. */
export const MAX_SECRETS_PER_ORGANIZATION = 1500;
/** Most secrets one sandbox may mount. */
export const MAX_SECRETS_PER_SANDBOX = 100;
/** Lifetime of a sandbox token without `ttlMinutes`, in minutes. */
export const DEFAULT_SANDBOX_TOKEN_MINUTES = 24 * 60;

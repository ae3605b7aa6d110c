// @ts-check

/**
 * One request of a chain of redirects, towards its real target.
 *
 * @typedef {object} Hop
 * @property {URL} url
 * @property {string} method
 * @property {Headers} headers
 * @property {NonNullable<RequestInit["body"]> | null} body
 * @property {boolean} isReplayable whether the body can be sent a second time
 */

/** As many as the Fetch Standard lets a client follow. */
export const MAX_REDIRECTS = 20;

const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const BODY_HEADERS = [
  "Content-Encoding",
  "Content-Language",
  "Content-Length",
  "Content-Location",
  "Content-Type",
];
const CREDENTIAL_HEADERS = ["Authorization", "Cookie"];

/**
 * @param {number} status
 * @returns {boolean}
 */
export function isRedirectStatus(status) {
  return REDIRECT_STATUSES.has(status);
}

/**
 * Makes the request that follows a redirect (Fetch Standard, "HTTP-redirect fetch"): the method and
 * the body may fall away, and credentials do not go to another origin. Origins are those of the
 * real targets. Throws a TypeError where a body would be needed again that is gone.
 *
 * @param {Hop} hop the request that was answered
 * @param {number} status
 * @param {URL} url where the answer leads
 * @returns {Hop}
 */
export function followRedirect(hop, status, url) {
  if (status !== 303 && hop.body !== null && !hop.isReplayable) {
    throw createNetworkError(
      "a redirect asks for the body again, and a stream can be sent only once",
    );
  }
  const headers = new Headers(hop.headers);
  if (url.origin !== hop.url.origin) for (const name of CREDENTIAL_HEADERS) headers.delete(name);
  if (!becomesGet(hop.method, status)) return { ...hop, url, headers };
  for (const name of BODY_HEADERS) headers.delete(name);
  return { url, method: "GET", headers, body: null, isReplayable: true };
}

/**
 * @param {string} method
 * @param {number} status
 * @returns {boolean}
 */
function becomesGet(method, status) {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

/**
 * Makes the error by which fetch tells of a network error.
 *
 * @param {string} reason
 * @param {unknown} [cause] what made it known
 * @returns {TypeError}
 */
export function createNetworkError(reason, cause) {
  const options = cause === undefined ? undefined : { cause };
  return new TypeError("fetch failed", { cause: new Error(reason, options) });
}

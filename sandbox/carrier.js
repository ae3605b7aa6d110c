// @ts-check
import { createNetworkError } from "./redirect.js";
import { isStream } from "./request-body.js";
import { parseEgressUrl, writeRoute } from "./route.js";

/** @import { Hop } from "./redirect.js" */

/**
 * How requests reach the egress.
 *
 * @typedef {object} Carrier
 * @property {URL} egress
 * @property {string} prefix the route up to the scheme
 * @property {string | null} authorization for Proxy-Authorization; null where the route has the token
 * @property {typeof globalThis.fetch} fetch
 */

const TOKEN = /^[\w.~+/=-]+$/;

/**
 * Says how the egress is reached. Throws a TypeError for an egressUrl or token that cannot be one.
 *
 * @param {string} egressUrl
 * @param {string} token
 * @param {typeof globalThis.fetch} fetch
 * @returns {Carrier}
 */
export function createCarrier(egressUrl, token, fetch) {
  const egress = parseEgressUrl(egressUrl);
  if (!TOKEN.test(token)) throw new TypeError("token must be a sandbox token");
  const base = egress.href.replace(/\/+$/, "");
  // Browsers keep Proxy-* headers for themselves, and drop them in silence.
  const probe = new Request(egress, { headers: { "Proxy-Authorization": "probe" } });
  return probe.headers.has("Proxy-Authorization")
    ? { egress, fetch, prefix: `${base}/forward`, authorization: `Bearer ${token}` }
    : {
        egress,
        fetch,
        prefix: `${base}/token/${encodeURIComponent(token)}/forward`,
        authorization: null,
      };
}

const REFUSED_TOKEN =
  "the egress answered 407: the sandbox token is wrong or expired, or its sandbox is gone";

/**
 * Sends one request by the route to its target; a redirect is an answer. Rejects with a TypeError
 * where the egress does not take the token.
 *
 * @param {Hop} hop
 * @param {RequestInit} settings
 * @param {Carrier} carrier
 * @returns {Promise<Response>}
 */
export async function sendHop({ url, method, headers, body }, settings, carrier) {
  const sent = new Headers(headers);
  // The egress is reached by its own name; the target's is in the route.
  sent.delete("Host");
  sent.delete("Proxy-Authorization");
  if (carrier.authorization !== null) sent.set("Proxy-Authorization", carrier.authorization);
  const response = await carrier
    .fetch(writeRoute(carrier.prefix, url), {
      ...settings,
      method,
      headers: sent,
      body,
      redirect: "manual",
      ...(isStream(body) ? { duplex: "half" } : {}),
    })
    .catch(explainFailure);
  if (response.status === 407 && response.headers.has("Egret-Error")) {
    throw createNetworkError(REFUSED_TOKEN);
  }
  return response;
}

/**
 * Node's fetch makes a network error of a 407, the one that it gives no reason for.
 *
 * @param {unknown} error
 * @returns {never}
 */
function explainFailure(error) {
  const reason = error instanceof TypeError && error.cause instanceof Error ? error.cause : null;
  if (reason?.message !== "") throw error;
  throw createNetworkError(REFUSED_TOKEN, reason);
}

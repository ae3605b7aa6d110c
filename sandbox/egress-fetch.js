// @ts-check
import { createCarrier, sendHop } from "./carrier.js";
import { createNetworkError, followRedirect, isRedirectStatus, MAX_REDIRECTS } from "./redirect.js";
import { takeBody } from "./request-body.js";
import { presentResponse } from "./response.js";
import { isHttp, parseUrl, readTarget } from "./route.js";

/** @import { Carrier } from "./carrier.js" */
/** @import { EgressFetchOptions } from "./egress-fetch.d.ts" */
/** @import { Hop } from "./redirect.js" */
/** @typedef {Parameters<typeof globalThis.fetch>[0]} FetchInput */

/**
 * Makes a fetch that sends every http and https request by the egress's forwarding route, and is
 * otherwise used like the one it replaces (Fetch Standard): streams, abort, redirects, Request
 * objects. Other schemes, and URLs at the egress itself, go to the real fetch as they are.
 * Redirects are followed here, as credentials must be judged by the real targets' origins.
 *
 * What the egress refuses is a response with the header `Egret-Error`, but for its 407: that rejects
 * with a TypeError, as the Fetch Standard makes a network error of it.
 * Throws a TypeError for an egressUrl or token that cannot be one.
 *
 * @param {EgressFetchOptions} options
 * @returns {typeof globalThis.fetch}
 */
export function createEgressFetch({ egressUrl, token, fetch = globalThis.fetch }) {
  const carrier = createCarrier(egressUrl, token, fetch);
  return async (input, init) => {
    const url = parseUrl(input instanceof Request ? input.url : input);
    if (url === null || !isHttp(url) || url.origin === carrier.egress.origin) {
      return fetch(input, init);
    }
    const request = new Request(input, init);
    const hop = {
      url,
      method: request.method,
      headers: getGivenHeaders(input, init),
      ...(await takeBody(request, init)),
    };
    return sendAlongRedirects(hop, request.redirect, getSettings(input, init, request), carrier);
  };
}

/**
 * The headers that the caller wrote: without the Content-Type that comes from the body, as each
 * request makes its own (a form's boundary is new each time).
 *
 * @param {FetchInput} input
 * @param {RequestInit | undefined} init
 * @returns {Headers}
 */
function getGivenHeaders(input, init) {
  return new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
}

const PASSED_ON = [
  "cache",
  "credentials",
  "integrity",
  "keepalive",
  "mode",
  "referrer",
  "referrerPolicy",
];

/**
 * What every request of the chain is sent with. The signal is the caller's own: one derived from it
 * lives only as long as its Request.
 *
 * @param {FetchInput} input
 * @param {RequestInit | undefined} init
 * @param {Request} request
 * @returns {RequestInit}
 */
function getSettings(input, init, request) {
  /** @type {Record<string, unknown>} */
  const settings = { ...init };
  for (const name of PASSED_ON) {
    const value = Reflect.get(request, name);
    if (value !== undefined) settings[name] = value;
  }
  const signal =
    init?.signal === undefined && input instanceof Request ? input.signal : init?.signal;
  return { ...settings, signal: signal ?? null };
}

/**
 * @param {Hop} first
 * @param {Request["redirect"]} mode
 * @param {RequestInit} settings
 * @param {Carrier} carrier
 * @returns {Promise<Response>}
 */
async function sendAlongRedirects(first, mode, settings, carrier) {
  let hop = first;
  for (let redirects = 0; ; redirects += 1) {
    const response = await sendHop(hop, settings, carrier);
    const location = getRedirectLocation(response);
    if (mode !== "manual" && response.type === "opaqueredirect") {
      throw createNetworkError("this runtime hides redirects, so they cannot be followed");
    }
    if (location === null || mode === "manual") {
      return presentResponse(response, {
        url: hop.url,
        redirected: redirects > 0,
        egress: carrier.egress,
      });
    }
    response.body?.cancel().catch(() => {});
    if (mode === "error") throw createNetworkError("unexpected redirect");
    if (redirects === MAX_REDIRECTS) throw createNetworkError("redirect count exceeded");
    const url = parseUrl(readTarget(location, carrier.egress), hop.url.href);
    if (url === null || !isHttp(url)) {
      throw createNetworkError("a redirect must lead to an http or https URL");
    }
    hop = followRedirect(hop, response.status, url);
  }
}

/**
 * @param {Response} response
 * @returns {string | null}
 */
function getRedirectLocation(response) {
  return isRedirectStatus(response.status) ? response.headers.get("Location") : null;
}

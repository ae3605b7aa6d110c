// @ts-check
import { readLinkTargets, readTarget, restoreCookiePath } from "./route.js";

/**
 * What a response says of where it comes from.
 *
 * @typedef {object} Origin
 * @property {URL} url the real target
 * @property {boolean} redirected
 * @property {URL} egress
 */

/**
 * Makes a response speak of its real target: `url`, `redirected`, and the headers that the egress
 * has put onto its route. It stays the response that fetch gave, with its body; clones are alike.
 *
 * @param {Response} response
 * @param {Origin} origin
 * @returns {Response}
 */
export function presentResponse(response, origin) {
  const url = new URL(origin.url);
  url.hash = "";
  const { clone } = response;
  return Object.defineProperties(response, {
    url: { value: url.href, configurable: true },
    redirected: { value: origin.redirected, configurable: true },
    headers: { value: restoreHeaders(response.headers, origin.egress), configurable: true },
    clone: {
      value: () => presentResponse(clone.call(response), origin),
      configurable: true,
      writable: true,
    },
  });
}

/**
 * @param {Headers} shown
 * @param {URL} egress
 * @returns {Headers}
 */
function restoreHeaders(shown, egress) {
  const headers = new Headers(shown);
  for (const name of ["Location", "Content-Location"]) {
    const location = headers.get(name);
    if (location !== null) headers.set(name, readTarget(location, egress));
  }
  const links = headers.get("Link");
  if (links !== null) headers.set("Link", readLinkTargets(links, egress));
  const cookies = headers.getSetCookie();
  headers.delete("Set-Cookie");
  for (const cookie of cookies) headers.append("Set-Cookie", restoreCookiePath(cookie));
  return headers;
}

// @ts-check

/**
 * Parses the egress's address, to which the routes are appended: http or https, a path allowed.
 * Throws a TypeError that names the option.
 *
 * @param {string} egressUrl
 * @returns {URL} without query and fragment
 */
export function parseEgressUrl(egressUrl) {
  const url = parseUrl(egressUrl);
  if (url === null || !isHttp(url)) {
    throw new TypeError("egressUrl must be the egress's http or https URL");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new TypeError("egressUrl must have no user information, query or fragment");
  }
  return url;
}

/** Where relative URLs start: browsers have a location, most other runtimes none. */
const LOCATION = /** @type {{ location?: { href: string } }} */ (globalThis).location?.href;

/**
 * Parses a URL. Null where it is none.
 *
 * @param {string | URL} text
 * @param {string} [base]
 * @returns {URL | null}
 */
export function parseUrl(text, base = LOCATION) {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

/**
 * @param {URL} url
 * @returns {boolean} whether the scheme is one that the egress forwards
 */
export function isHttp(url) {
  return url.protocol === "http:" || url.protocol === "https:";
}

/**
 * Writes the route to a target: `{prefix}/{scheme}/{host}{path}?{query}`.
 *
 * @param {string} prefix for example `https://egress.example/forward`
 * @param {URL} target
 * @returns {string}
 */
export function writeRoute(prefix, target) {
  const { protocol, host, pathname, search } = target;
  return `${prefix}/${protocol.slice(0, -1)}/${host}${pathname}${search}`;
}

// The first is the egress's own: what the upstream wrote comes after it.
const ROUTE = /^[^?#]*?\/forward\/(https?)\/([^/?#]+)(.*)$/s;

/**
 * Reads the target out of a Location that the egress has put onto its route. Any other URL is its
 * own target. The schemes may differ: what ends TLS may stand before the egress.
 *
 * @param {string} location
 * @param {URL} egress
 * @returns {string}
 */
export function readTarget(location, egress) {
  const url = parseUrl(location);
  if (url === null || url.host !== egress.host) return location;
  const match = ROUTE.exec(url.pathname + url.search + url.hash);
  return match === null ? location : `${match[1]}://${match[2]}${match[3]}`;
}

/**
 * Reads the targets out of a Link (RFC 8288) that the egress has put onto its route. They stand
 * between `<` and `>`, which may stand in a parameter's string, too.
 *
 * @param {string} links
 * @param {URL} egress
 * @returns {string}
 */
export function readLinkTargets(links, egress) {
  return links.replace(/"(?:\\.|[^"\\])*"|<([^>]*)>/g, (match, target) =>
    target === undefined ? match : `<${readTarget(target, egress)}>`,
  );
}

/**
 * Takes the route out of a cookie's path, which the egress has put below the target's own route.
 *
 * @param {string} cookie a Set-Cookie header
 * @returns {string}
 */
export function restoreCookiePath(cookie) {
  return cookie.replace(
    /(;\s*path=)[^;]*?\/forward\/https?\/[^/;]+([^;]*)/i,
    (_match, attribute, path) => attribute + (path.trim() || "/"),
  );
}

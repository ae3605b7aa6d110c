import type { Ground } from "./ground.ts";
import type { Random } from "./random.ts";
import type { WireRequest } from "./wire.ts";

/** Makes a well-formed request to the API. */
export function createApiRequest(ground: Ground, random: Random): WireRequest {
  const { apiKey, organizationId } = ground;
  const { secretId, sandboxId } = ground.changed;
  const name = `N${random.below(1000)}`;
  const organization = `/organizations/${organizationId}`;
  const [method, path, body] = random.pick<[string, string, unknown?]>([
    ["GET", "/health"],
    ["GET", "/health/ready"],
    ["GET", "/openapi.json"],
    ["GET", "/docs"],
    ["GET", "/socket.io/?EIO=4&transport=websocket"],
    ["POST", "/toolbox/any/thing", { a: 1 }],
    ["POST", "/secret", { name, value: "v", hosts: ["a.test"], description: "d" }],
    ["POST", "/secret", { name, value: "v", locations: { headers: ["a"], query: true } }],
    ["GET", "/secret"],
    ["GET", `/secret/paginated?limit=${random.below(210)}&sort=name&order=asc&name=N`],
    ["GET", "/secret/paginated?cursor=WzEsIm5hbWUiLCJhc2MiLCIiLDEsIngiXQ"],
    ["GET", `/secret/${secretId}`],
    ["PATCH", `/secret/${name}`, { hosts: ["a.test", "*.b.test"], value: "w" }],
    ["PATCH", `/secret/${secretId}`, { description: "changed" }],
    ["DELETE", `/secret/${name}`],
    [
      "POST",
      "/sandbox",
      { name, secrets: [{ A: "CHANGED" }], env: { B: "b" }, labels: { l: "1" } },
    ],
    ["POST", "/sandbox", { domainAllowList: "a.test, *.b.test", ttlMinutes: 5, cpu: 1.5 }],
    ["GET", `/sandbox?labels=${encodeURIComponent('{"l":"1"}')}&states=started&name=N&sort=cpu`],
    ["GET", `/sandbox/${sandboxId}`],
    ["GET", `/sandbox/${sandboxId}/secrets`],
    ["GET", `/sandbox/${sandboxId}/toolbox-proxy-url`],
    ["PUT", `/sandbox/${name}/secrets`, { secrets: [{ A: "CHANGED" }] }],
    ["POST", `/sandbox/${sandboxId}/egress-token`, { ttlMinutes: 1 }],
    ["DELETE", `/sandbox/${name}`],
    ["POST", "/api-keys", { name, permissions: ["manage:secrets"], expiresAt: null }],
    ["GET", "/api-keys"],
    ["GET", "/api-keys/current"],
    ["DELETE", `/api-keys/${name}`],
    ["GET", "/organizations"],
    ["GET", organization],
    ["GET", `${organization}/roles`],
    ["POST", `${organization}/roles`, { name, description: "", permissions: [] }],
    ["GET", `${organization}/users`],
    ["POST", `${organization}/users/${name}/access`, { role: "member", assignedRoleIds: [] }],
    ["GET", `/audit${organization}?action[in]=create,delete&statusCode[gte]=400&limit=5`],
    ["GET", `/audit${organization}?from=2026-01-02T03:04:05Z&page=2&nextToken=a`],
    ["GET", "/audit/scenarios"],
  ]);
  return {
    method,
    target: `/api${path}`,
    headers: [
      ["Host", `127.0.0.1:${ground.apiPort}`],
      ["Authorization", `Bearer ${apiKey}`],
      ...(body === undefined ? [] : ([["Content-Type", "application/json"]] as [string, string][])),
    ],
    body: body === undefined ? "" : JSON.stringify(body),
  };
}

/** Makes a well-formed request to the egress: of a sandbox, to an upstream that may get a value. */
export function createEgressRequest(ground: Ground, random: Random): WireRequest {
  const { sandbox, upstream, placeholders } = ground;
  const placeholder = random.pick([placeholders.allowed, placeholders.allowed, placeholders.other]);
  const { token } = sandbox.egress;
  const action = random.chance(0.9) ? "forward" : "explain";
  const query = random.pick(["", `?key=${placeholder}`, `?a=1&a=${placeholder}&b`, "?"]);
  const path = random.pick(["/", "/a/b", `/bot${placeholder}/c`, "/%2F%20"]);
  const route = `/${action}/http/127.0.0.1:${upstream.port}${path}${query}`;
  const isInPath = random.chance(0.2);
  const [type, body] = random.pick<[string, string]>([
    ["application/json", JSON.stringify({ key: placeholder, list: [placeholder] })],
    ["application/x-www-form-urlencoded", `a=1&key=${placeholder}`],
    ["text/plain", `before ${placeholder} after`],
    [
      "multipart/form-data; boundary=x",
      `--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n${placeholder}\r\n--x--\r\n`,
    ],
    ["", ""],
  ]);
  const basic = Buffer.from(`user:${placeholder}`).toString("base64");
  return {
    method: body === "" ? "GET" : "POST",
    target: isInPath ? `/token/${token}${route}` : route,
    headers: [
      ["Host", `127.0.0.1:${ground.egressPort}`],
      ...(isInPath ? [] : ([["Proxy-Authorization", `Bearer ${token}`]] as [string, string][])),
      ["Authorization", random.pick([`Bearer ${placeholder}`, `Basic ${basic}`, "Basic !"])],
      ...(type === "" ? [] : ([["Content-Type", type]] as [string, string][])),
    ],
    body,
  };
}

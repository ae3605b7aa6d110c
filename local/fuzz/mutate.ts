import type { Random } from "./random.ts";
import { CONTENT_TYPES, METHODS, ODD_HEADERS, ODD_TEXTS, ODD_TOKENS } from "./samples.ts";
import type { WireRequest } from "./wire.ts";

const MAX_MUTATIONS = 4;

type Mutation = (request: WireRequest, random: Random) => WireRequest;

/** Changes up to four things about a request; a quarter of all requests stay as they are. */
export function mutate(request: WireRequest, random: Random): WireRequest {
  if (random.chance(0.25)) return request;
  let mutated = request;
  for (let left = 1 + random.below(MAX_MUTATIONS); left > 0; left -= 1) {
    mutated = random.pick(MUTATIONS)(mutated, random);
  }
  return mutated;
}

/**
 * Says how long the body is, or sends it in chunks. What is framed wrongly is no HTTP, and reaches
 * no Worker.
 */
export function frame(request: WireRequest, random: Random): WireRequest {
  if (request.body === "" && request.method === "GET") return request;
  if (random.chance(0.8)) {
    return withHeader(request, "Content-Length", String(request.body.length));
  }
  const size = 1 + random.below(1000);
  const chunks = request.body.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
  const body = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
  return { ...withHeader(request, "Transfer-Encoding", "chunked"), body: `${body}0\r\n\r\n` };
}

const MUTATIONS: Mutation[] = [
  (request, random) => ({ ...request, method: random.pick(METHODS) }),
  mutateTarget,
  mutateTarget,
  (request, random) => addHeader(request, random.pick(ODD_HEADERS)),
  (request, random) => ({
    ...request,
    headers: request.headers.filter(([name]) => name === "Host" || random.chance(0.7)),
  }),
  (request, random) => withHeader(request, "Content-Type", random.pick(CONTENT_TYPES)),
  mutateToken,
  mutateBody,
  mutateBody,
  mutateBody,
];

function mutateTarget(request: WireRequest, random: Random): WireRequest {
  const at = 1 + random.below(Math.max(1, request.target.length - 1));
  const odd = random.pick([...ODD_TEXTS, "//", "/../", "/./", "?", "&limit=0", "#a", ";a"]);
  const kept = random.chance(0.5) ? request.target.slice(at) : "";
  // White space would end the target; the other characters may well be refused too.
  const target = (request.target.slice(0, at) + odd + kept).replace(/[ \r\n\t]/g, "%20");
  return { ...request, target };
}

function mutateToken(request: WireRequest, random: Random): WireRequest {
  const name = random.pick(["Authorization", "Proxy-Authorization"]);
  const scheme = random.pick(["Bearer ", "bearer  ", "Basic ", "", "Bearer\t"]);
  return withHeader(request, name, scheme + random.pick(ODD_TOKENS));
}

function mutateBody(request: WireRequest, random: Random): WireRequest {
  const { body } = request;
  const at = random.below(body.length + 1);
  const odd = random.pick(ODD_TEXTS);
  return {
    ...request,
    body: random.pick([
      () => body.slice(0, at),
      () => body.slice(0, at) + odd + body.slice(at),
      () => body.slice(0, at) + String.fromCharCode(random.below(256)) + body.slice(at + 1),
      () => body.replace(/"([^"]*)":/, (key) => `${key}1,${key}`),
      () => body.replace(/:"[^"]*"/, () => `:${JSON.stringify(odd)}`),
      () => body.replace(/:("[^"]*"|\d+|true|false)/, () => `:${random.pick(ODD_VALUES)}`),
      () => `${"[".repeat(1 + random.below(20_000))}${body}`,
      () => `{"a":`.repeat(random.below(100)) + body + "}".repeat(random.below(100)),
      () => body + " ".repeat(random.below(300_000)),
    ])(),
  };
}

const ODD_VALUES = [
  ...["null", "[]", "{}", "-1", "1e999", "0.1", "9".repeat(30), '"\\u0000"', '"\\ud800"', "true"],
  ...['{"__proto__":1}', "[null]", '["a.example.com",1]', '[{"A":"B"},{"A":"B"}]', '""'],
];

function addHeader(request: WireRequest, header: [string, string]): WireRequest {
  return { ...request, headers: [...request.headers, header] };
}

function withHeader(request: WireRequest, name: string, value: string): WireRequest {
  const others = request.headers.filter(([each]) => each.toLowerCase() !== name.toLowerCase());
  return { ...request, headers: [...others, [name, value]] };
}

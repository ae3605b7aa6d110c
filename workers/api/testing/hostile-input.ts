import fc from "fast-check";
import { z } from "zod";
import { createSchemaCollector } from "../openapi/json-schemas.ts";
import { splitRouteName } from "../permissions.ts";
import type { DescribedRoute } from "../routes/route.ts";

/** A request as hostile as HTTP lets it be. `route` is a method and a path with its query. */
export type HostileRequest = { route: string; body: string | undefined };

// Each has broken a parser, a database or a page somewhere.
const TEXTS = [
  ...[
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "a\udfff",
    "\ufeff",
    "\u202e",
    "😀".repeat(256),
    "ß".repeat(257),
  ],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "null", "undefined", "NaN", "true"],
  ...["0", "-1", "1", "200", "201", "1e400", "9".repeat(400), "0x10", "1.5", "-0", "1e2"],
  ...[
    "' or 1=1 --",
    '"',
    "\\",
    "%",
    "%00",
    "%s",
    "../..",
    "a/b",
    "?",
    "#",
    "a=b",
    "*",
    "*.a",
    "[::1]",
  ],
  ...["{}", "[]", '{"a":"b"}', '{"a":1}', '{"__proto__":"a"}', '{"a":"1","a":"2"}', "[[[[", "{"],
  ...["name", "asc", "createdAt", "started", "owner", "manage:secrets", "A", "a.example.com"],
  ...[
    "2026-01-02T03:04:05Z",
    "9999-12-31T23:59:59-23:59",
    "0000-01-01T00:00",
    "2026-02-30T00:00:00Z",
  ],
  ...["WzEsIm5hbWUiLCJhc2MiLCIiLDEsIngiXQ", "WzEsImNyZWF0ZWRBdCIsImRlc2MiLCIiLG51bGwsIiJd"],
];

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);

const scalar = fc.oneof(
  text,
  fc.constantFrom(null, true, false, 0, -1, 1, 1.5, 2 ** 53, 1e308, -1e308, 5e-324),
);

const value = fc.oneof(
  { weight: 3, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.dictionary(text, scalar, { maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.array(fc.dictionary(text, text, { maxKeys: 2 }), { maxLength: 3 }) },
);

/** Makes requests to a route: its own fields with values of all kinds, and what is no JSON at all. */
export function createHostileRequests(
  route: DescribedRoute,
  organizationId: string,
): fc.Arbitrary<HostileRequest> {
  const { method, path } = splitRouteName(route.name);
  const steps = path.split("/").map((step) => {
    if (step === ":organizationId") return fc.constant(organizationId);
    return step.startsWith(":") || step === "*" ? text.map(encodeStep) : fc.constant(step);
  });
  return fc
    .record({
      steps: fc.tuple(...steps),
      query: fc.array(fc.tuple(listKeys(route.query), text.map(encodeStep)), { maxLength: 4 }),
      body: createBody(route),
    })
    .map(({ steps, query, body }) => {
      const search = query.map(([key, given]) => `${encodeStep(key)}=${given}`).join("&");
      const pathname = steps.join("/");
      return {
        route: `${method === "ALL" ? "POST" : method} ${pathname}${search && "?"}${search}`,
        body: method === "GET" ? undefined : body,
      };
    });
}

function createBody({ body }: DescribedRoute): fc.Arbitrary<string | undefined> {
  const fields = fc.array(fc.tuple(listKeys(body), value), { maxLength: 3 });
  const examples = body && z.globalRegistry.get(body)?.examples;
  const bases = fc.constantFrom({}, Array.isArray(examples) ? examples[0] : {});
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(bases, fields)
        .map(([base, entries]) => JSON.stringify({ ...base, ...Object.fromEntries(entries) })),
    },
    { weight: 1, arbitrary: value.map((given) => JSON.stringify(given)) },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

function listKeys(schema: DescribedRoute["query"]): fc.Arbitrary<string> {
  if (schema === undefined) return text;
  const { components, describe } = createSchemaCollector();
  const described = describe(schema, "input");
  const named = [described, ...Object.values(components)];
  const keys = named.flatMap(({ properties = {} }) => Object.keys(properties));
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...keys) },
    { weight: 1, arbitrary: text },
  );
}

/** As a URL may hold it: sometimes what no decoder takes. */
function encodeStep(given: string): string {
  if (!given.isWellFormed()) return "%ED%A0%80";
  return given === "%" ? "%" : encodeURIComponent(given);
}

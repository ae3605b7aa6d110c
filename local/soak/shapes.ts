import { gunzipSync, gzipSync } from "node:zlib";

/** A request as a sandbox sends it; the path without the target's origin. */
export type ShapedRequest = {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  /** Several pieces are sent one by one, without a length. */
  body: (string | Buffer)[];
};
/** A request as the upstream received it, and where it looks for the secret. */
export type ArrivedRequest = {
  url: URL;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
};

/** One way in which a request carries a secret. */
export type Shape = {
  name: string;
  /** How often it comes, beside the others. */
  weight: number;
  isToOtherHost?: boolean;
  build(path: string, placeholder: string): ShapedRequest;
  /** Decodes what stands in the placeholder's place; null where there is nothing. */
  read(arrived: ArrivedRequest): string | null;
};

const PIECES = 32;
const PIECE = "x".repeat(64 * 1024);
const XML_ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** The shapes that plain HTTP requests have; a WebSocket's is `WEB_SOCKET_SHAPE`. */
export const SHAPES: readonly Shape[] = [
  {
    name: "header",
    weight: 4,
    build: (path, placeholder) => get(path, { "X-Api-Key": placeholder }),
    read: readKeyHeader,
  },
  {
    name: "other-host",
    weight: 2,
    isToOtherHost: true,
    build: (path, placeholder) => get(path, { "X-Api-Key": placeholder }),
    read: readKeyHeader,
  },
  {
    name: "basic",
    weight: 2,
    build: (path, placeholder) => get(path, { Authorization: `Basic ${btoa(`u:${placeholder}`)}` }),
    read: ({ headers }) =>
      /^u:(.*)$/.exec(atob(String(headers["authorization"]).slice(6)))?.[1] ?? null,
  },
  {
    name: "query",
    weight: 2,
    build: (path, placeholder) => get(`${path}?a=%2F&key=${placeholder}`, {}),
    read: readKeyParameter,
  },
  {
    name: "path",
    weight: 2,
    build: (path, placeholder) => get(`${path}/${placeholder}`, {}),
    read: ({ url }) => decodeURIComponent(url.pathname.split("/")[3] ?? ""),
  },
  {
    name: "json",
    weight: 3,
    build: (path, placeholder) => post(path, "application/json", [toJson(placeholder)]),
    read: ({ body }) => readJson(body),
  },
  {
    name: "form",
    weight: 2,
    build: (path, placeholder) =>
      post(path, "application/x-www-form-urlencoded", [`a=1&key=${placeholder}`]),
    read: ({ body }) => new URLSearchParams(body.toString()).get("key"),
  },
  {
    name: "xml",
    weight: 2,
    build: (path, placeholder) =>
      post(path, "application/xml", [`<a><key>${placeholder}</key></a>`]),
    read: ({ body }) => unescapeXml(/<key>(.*)<\/key>/s.exec(body.toString())?.[1] ?? ""),
  },
  {
    name: "gzip",
    weight: 2,
    build: (path, placeholder) =>
      post(path, "application/json", [gzipSync(toJson(placeholder))], {
        "Content-Encoding": "gzip",
      }),
    read: ({ body }) => readJson(gunzipSync(body)),
  },
  {
    name: "stream",
    weight: 0.5,
    build: (path, placeholder) =>
      post(path, "text/plain", [
        ...Array.from({ length: PIECES }, () => PIECE),
        `[${placeholder.slice(0, 20)}`,
        `${placeholder.slice(20)}]`,
        PIECE,
      ]),
    read: ({ body }) => readStream(body.toString("latin1")),
  },
  {
    name: "events",
    weight: 1,
    build: (path, placeholder) =>
      get(path, { "X-Api-Key": placeholder, Accept: "text/event-stream" }),
    read: readKeyHeader,
  },
];

/** How a WebSocket's upgrade carries a secret: its clients can set no headers. */
export const WEB_SOCKET_SHAPE: Shape = {
  name: "web-socket",
  weight: 0.5,
  build: (path, placeholder) => get(`${path}?key=${placeholder}`, {}),
  read: readKeyParameter,
};

function get(path: string, headers: Record<string, string>): ShapedRequest {
  return { method: "GET", path, headers, body: [] };
}

function post(
  path: string,
  type: string,
  body: ShapedRequest["body"],
  headers: Record<string, string> = {},
): ShapedRequest {
  return { method: "POST", path, headers: { ...headers, "Content-Type": type }, body };
}

function toJson(key: string): string {
  return JSON.stringify({ a: [1], key });
}

function readJson(body: Buffer): string | null {
  return (JSON.parse(body.toString()) as { key?: string }).key ?? null;
}

function readKeyHeader({ headers }: ArrivedRequest): string | null {
  return headers["x-api-key"] === undefined ? null : String(headers["x-api-key"]);
}

function readKeyParameter({ url }: ArrivedRequest): string | null {
  return url.searchParams.get("key");
}

/** What does not have all of its filling is not what was sent. */
function readStream(body: string): string | null {
  const filling = PIECE.length * PIECES;
  if (body.length < filling + PIECE.length || body[filling] !== "[") return null;
  return body.slice(filling + 1, -PIECE.length - 1);
}

function unescapeXml(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (entity, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return XML_ENTITIES[name as keyof typeof XML_ENTITIES] ?? entity;
  });
}

import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as sendRequest,
} from "node:http";
import { startServer } from "./server.ts";

/** The token that the egress takes. */
export const TOKEN = "header.payload.signature";

/** A stand-in for the egress: it forwards without looking into what it carries. */
export type Egress = {
  url: string;
  /** Method and path of each request, oldest first. */
  seen: string[];
  close(): Promise<void>;
};

const ROUTE = /^(\/token\/([^/]+))?\/forward\/(https?)\/([^/]+)(.*)$/;

/**
 * Starts an egress with the forwarding routes as they are specified: who calls is checked, Location
 * and Set-Cookie are kept on the route, what is refused carries `Egret-Error`. The egress itself, and
 * targets whose name ends in `.refused`, are refused with 403.
 */
export async function startEgress(): Promise<Egress> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const route = ROUTE.exec(request.url ?? "");
    if (route === null) return refuse(response, 404, "NOT_FOUND");
    const [, tokenPart = "", token, scheme = "", host = "", path = ""] = route;
    const bearer = token ?? request.headers["proxy-authorization"]?.replace(/^Bearer /, "");
    if (bearer !== TOKEN) return refuse(response, 407, "SANDBOX_TOKEN_REQUIRED");
    if (host.endsWith(".refused") || host === request.headers.host)
      return refuse(response, 403, "NETWORK_BLOCKED");
    const prefix = `${tokenPart}/forward`;
    const own = `http://${request.headers.host}`;
    forward(request, response, `${scheme}://${host}${path}`, (answer) => ({
      ...answer.headers,
      ...keepLocation(answer, `${own}${prefix}`, `${scheme}://${host}${path}`),
      ...keepCookies(answer, `${prefix}/${scheme}/${host}`),
    }));
  });
  const { port, close } = await startServer(server);
  return { url: `http://127.0.0.1:${port}`, seen, close };
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "Egret-Error": code, "Content-Type": "application/json" });
  response.end(JSON.stringify({ statusCode: status, code }));
}

function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  rewrite: (answer: IncomingMessage) => OutgoingHttpHeaders,
): void {
  const { "proxy-authorization": _, host: __, ...headers } = request.headers;
  const upstream = sendRequest(target, { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, rewrite(answer));
    answer.pipe(response);
  });
  upstream.on("error", () => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, "UPSTREAM_UNREACHABLE");
  });
  response.on("close", () => upstream.destroy());
  request.pipe(upstream);
}

function keepLocation(answer: IncomingMessage, prefix: string, target: string) {
  const { location } = answer.headers;
  const url = location === undefined ? null : URL.parse(location, target);
  if (url === null || !url.protocol.startsWith("http")) return {};
  const { protocol, host, pathname, search, hash } = url;
  return { location: `${prefix}/${protocol.slice(0, -1)}/${host}${pathname}${search}${hash}` };
}

function keepCookies(answer: IncomingMessage, root: string) {
  const cookies = answer.headers["set-cookie"];
  if (cookies === undefined) return {};
  return {
    "set-cookie": cookies.map((cookie) => {
      const path = /;\s*path=([^;]*)/i.exec(cookie)?.[1] ?? "/";
      return `${cookie.replace(/;\s*(?:path|domain)=[^;]*/gi, "")}; Path=${root}${path}`;
    }),
  };
}
